"""Pages of a conversation: at most 50 messages and 256 kB of text, and at least one message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Row, Select, literal

from app.extensions import db
from app.models.conversation import Conversation
from app.models.message import Message

PAGE_MESSAGES = 50
PAGE_BYTES = 256_000
LARGEST_POSITION = 2**53 - 1  # the largest integer of every JSON reader

CONTEXT_MESSAGES = 10  # that a link to a message shows from that message on

Sized = Row[int, int]


class Place(NamedTuple):
    """Where a message is in its conversation, and its size in bytes."""

    position: int
    size: int


T = TypeVar("T", Sized, Place)


def last_page(conversation: Conversation) -> list[Message]:
    """Return the newest messages, oldest first."""
    return page_before(conversation, conversation.position + 1)[0]


def page_before(
    conversation: Conversation, position: int, limit: int = PAGE_MESSAGES
) -> tuple[list[Message], bool]:
    """Return the messages before `position`, oldest first, and whether there are more.

    `position` is checked by app/schemas.py: 0 to LARGEST_POSITION.
    """
    before = _sizes(conversation).where(Message.position < _number(position))
    rows = db.session.execute(before.order_by(Message.position.desc())).all()
    fitting = take_page(rows)[:limit]
    return _load(conversation, fitting), len(rows) > len(fitting)


def page_after(conversation: Conversation, position: int) -> list[Message] | None:
    """Return all messages after `position`, oldest first; None if they don't fit on a page."""
    after = _sizes(conversation).where(Message.position > _number(position))
    rows = db.session.execute(after.order_by(Message.position)).all()
    fitting = take_page(rows)
    return _load(conversation, fitting) if len(fitting) == len(rows) else None


def page_from(conversation: Conversation, position: int, *, shown: bool = True) -> list[Message]:
    """Return as many messages after `position` as fit on a page, oldest first: of those that are
    shown, or of those that are not."""
    after = _sizes(conversation, shown=shown).where(Message.position > position)
    rows = db.session.execute(after.order_by(Message.position)).all()
    return _load(conversation, take_page(rows), shown=shown)


def fits_a_page(conversation: Conversation, public_ids: Sequence[str]) -> bool:
    """Return whether these messages fit on a page; one message always does."""
    if len(public_ids) < 2:
        return True
    rows = db.session.execute(
        _sizes(conversation).where(Message.public_id.in_(public_ids)).order_by(Message.position)
    ).all()
    return len(take_page(rows)) == len(rows)


def page_with(places: Sequence[Place], last_position: int) -> int | None:
    """Return the position before which a page with a message, and with what follows it, ends.

    `places` are the message's own and those of the next PAGE_MESSAGES positions. None if the
    message is on the latest page.
    """
    is_near = places[0].position + PAGE_MESSAGES > last_position
    if is_near and len(take_page(places)) == len(places):
        return None
    return take_page(places[:CONTEXT_MESSAGES])[-1].position + 1


def take_page(rows: Sequence[T]) -> Sequence[T]:
    """Return as many of these as a page has, from the first one on: at least one."""
    total = 0
    for count, row in enumerate(rows[:PAGE_MESSAGES]):
        total += row.size
        if total > PAGE_BYTES and count > 0:
            return rows[:count]
    return rows[:PAGE_MESSAGES]


def _number(position: int) -> ColumnElement[int]:
    """Return a reader's number for SQL: it may be larger than the column's type."""
    return literal(position, BigInteger)


def _sizes(conversation: Conversation, *, shown: bool = True) -> Select[int, int]:
    found = Message.of(conversation, shown=shown).with_only_columns(Message.position, Message.size)
    return found.limit(PAGE_MESSAGES + 1)


def _load(
    conversation: Conversation, rows: Sequence[Sized], *, shown: bool = True
) -> list[Message]:
    """Return these messages, which follow one another in their conversation, oldest first."""
    if not rows:
        return []
    first, last = sorted((rows[0].position, rows[-1].position))
    found = Message.of(conversation, shown=shown).where(Message.position.between(first, last))
    return list(db.session.scalars(found.order_by(Message.position)))
