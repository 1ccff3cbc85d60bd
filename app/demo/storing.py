"""Many conversations at a time into the database: as rows, not one object after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from app.demo import rows
from app.demo.inventing import Invented
from app.demo.people import EVERYBODY, Person
from app.demo.placing import Place, cut_short, unknown
from app.extensions import db
from app.models import Conversation, Membership, Message, User


def missing_people() -> list[Person]:
    """Return who of the demo's people can't sign in yet."""
    known = set(db.session.scalars(select(User.email)))
    return [person for person in EVERYBODY.values() if person.email not in known]


def keys_of_people() -> dict[str, int]:
    """Return the users' keys by the names that the stories use."""
    found = db.session.execute(select(User.email, User.id)).all()
    keys = {row.email: row.id for row in found}
    return {name: keys[person.email] for name, person in EVERYBODY.items()}


def store_batch(batch: Sequence[Invented], keys: rows.Keys, model: str) -> list[Place]:
    """Store what isn't there yet, in the caller's transaction; return where."""
    places = [*_begin(unknown(batch), model), *_go_on(cut_short(batch))]
    _insert(Membership, _missing_members(places, keys))
    questions = [row for place in places for row in rows.question_rows(place, keys)]
    stored = zip((row["public_id"] for row in questions), _insert(Message, questions), strict=True)
    question_ids = _last_questions(places) | dict(stored)
    _insert(Message, (row for place in places for row in rows.answer_rows(place, question_ids)))
    return places


def _begin(new: Sequence[Invented], model: str) -> Iterator[Place]:
    ids = _insert(Conversation, (rows.conversation_row(each, model) for each in new))
    yield from map(Place, new, ids)


def _go_on(places: Iterable[Place]) -> Iterator[Place]:
    for place in places:
        mine = Conversation.id == place.conversation_id
        db.session.execute(update(Conversation).where(mine).values(rows.length_of(place.invented)))
        yield place


def _missing_members(places: Sequence[Place], keys: rows.Keys) -> Iterator[rows.Row]:
    """Yield rows for those whom nobody has let in yet."""
    ids = [place.conversation_id for place in places if place.held]
    columns = select(Membership.conversation_id, Membership.user_id)
    found = db.session.execute(columns.where(Membership.conversation_id.in_(ids)))
    known = {tuple(row) for row in found}
    for place in places:
        for row in rows.membership_rows(place, keys):
            if (row["conversation_id"], row["user_id"]) not in known:
                yield row


def _last_questions(places: Sequence[Place]) -> dict[str, int]:
    """Return the keys of the questions at which conversations were cut short."""
    ids = [place.invented.message_ids[place.held - 1] for place in places if place.held % 2]
    columns = select(Message.public_id, Message.id).where(Message.public_id.in_(ids))
    return {row.public_id: row.id for row in db.session.execute(columns)}


def _insert(model: Any, new: Iterable[rows.Row]) -> Sequence[int]:
    """Insert rows; return their keys in the same order."""
    values = list(new)
    if not values:
        return []
    keys = model.__table__.c.id
    statement = insert(model.__table__).returning(keys, sort_by_parameter_order=True)
    return db.session.scalars(statement, values).all()
