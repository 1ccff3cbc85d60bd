"""Where in the database invented conversations go: each at once, or after its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Row, select

from app.demo.inventing import Invented
from app.extensions import db
from app.models import Conversation, Message


class Place(NamedTuple):
    """A conversation's key, and how many of the invented messages it holds already."""

    invented: Invented
    conversation_id: int
    held: int = 0

    @property
    def missing(self) -> int:
        """Return how many messages are still to be stored."""
        return len(self.invented.message_ids) - self.held


def unknown(batch: Sequence[Invented]) -> list[Invented]:
    """Return what has not even begun."""
    known = {row.public_id for row in _known(batch)}
    return [each for each in batch if each.public_id not in known]


def cut_short(batch: Sequence[Invented]) -> Iterator[Place]:
    """Yield what a smaller demo has left in the middle, unless anybody has said more in it."""
    invented = {each.public_id: each for each in batch}
    for row in _known(batch):
        whole = invented[row.public_id].message_ids
        if row.position < len(whole) and _messages(row.id) == set(whole[: row.position]):
            yield Place(invented[row.public_id], row.id, row.position)


def _known(batch: Sequence[Invented]) -> Sequence[Row[int, str, int]]:
    """Return those that are there, and keep their other writers out until the commit."""
    return db.session.execute(
        select(Conversation.id, Conversation.public_id, Conversation.position)
        .where(Conversation.public_id.in_([each.public_id for each in batch]))
        .order_by(Conversation.id)
        .with_for_update()
    ).all()


def _messages(conversation_id: int) -> set[str]:
    mine = Message.conversation_id == conversation_id
    return set(db.session.scalars(select(Message.public_id).where(mine)))
