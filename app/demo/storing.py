"""Many conversations at a time into the database: as rows, not one object after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import insert, select

from app.demo import rows
from app.demo.inventing import Invented
from app.demo.people import EVERYBODY, Person
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


def store_batch(batch: Sequence[Invented], keys: rows.Keys, model: str) -> list[Invented]:
    """Store what isn't there yet, in the caller's transaction; return it."""
    new = _unknown(batch)
    ids = _insert(Conversation, (rows.conversation_row(each, model) for each in new))
    stored = list(zip(new, ids, strict=True))
    _insert(Membership, _each(rows.membership_rows(*one, keys) for one in stored))
    questions = iter(_insert(Message, _each(rows.question_rows(*one, keys) for one in stored)))
    _insert(Message, _each(rows.answer_rows(*one, questions) for one in stored))
    return new


def _unknown(batch: Sequence[Invented]) -> list[Invented]:
    ids = [each.public_id for each in batch]
    found = select(Conversation.public_id).where(Conversation.public_id.in_(ids))
    known = set(db.session.scalars(found))
    return [each for each in batch if each.public_id not in known]


def _insert(model: Any, new: Iterable[rows.Row]) -> Sequence[int]:
    """Insert rows; return their keys in the same order."""
    values = list(new)
    if not values:
        return []
    keys = model.__table__.c.id
    statement = insert(model.__table__).returning(keys, sort_by_parameter_order=True)
    return db.session.scalars(statement, values).all()


def _each(many: Iterable[Iterable[rows.Row]]) -> Iterable[rows.Row]:
    return chain.from_iterable(many)
