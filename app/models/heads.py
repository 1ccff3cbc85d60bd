"""How far conversations are, in few numbers: by these a process sees what has changed in those that
its readers follow, when no other process can tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models.conversation import Conversation
from app.models.log import Delta, Entry
from app.models.membership import Membership
from app.models.message import STREAMING, Message, Role, Status

HEADS_AT_ONCE = 200
RECENT_POSITIONS = 50  # among which the last answer is looked for
RECENT_MESSAGES = 20  # that count as new where nothing is known
CHANGED_AT_ONCE = 100


Marks = list[tuple[int, int]]
"""Members, by their keys as users, and the positions up to which they have read."""


class Head(NamedTuple):
    """How far one conversation is, by its public id: the last answer that is shown, or where there
    is none the last message, and the last entry of its log.

    `key` and what follows is None, and 0, where nobody has written anything yet.
    """

    conversation: str
    position: int
    revision: int
    reacted: int
    key: int | None
    message: str | None
    status: str | None
    seq: int

    @property
    def is_streaming(self) -> bool:
        """Return whether its text can still grow."""
        return self.status == Status.STREAMING


class Newest(NamedTuple):
    """The last message of all, and which answers are being written: conversations by message."""

    key: int
    streaming: Mapping[int, str]


def read_heads(public_ids: Sequence[str]) -> list[Head]:
    """Return how far these conversations are, in one statement; those that were deleted are
    missing. HEADS_AT_ONCE of them keep the database busy for a few milliseconds."""
    found = _heads().where(Conversation.public_id.in_(public_ids))
    return [Head(*row) for row in db.session.execute(found)]


def read_growth(since: Mapping[int, int]) -> dict[int, list[Delta]]:
    """Return the entries that the logs of messages, by key, have got after these; of those that
    have ended meanwhile none. In one statement, or none."""
    if not since:
        return {}
    parts = [and_(Entry.message_id == key, Entry.seq > seq) for key, seq in since.items()]
    entries = select(Entry.message_id, Entry.seq, Entry.content, Entry.thinking).where(or_(*parts))
    growth: dict[int, list[Delta]] = {}
    for key, seq, *text in db.session.execute(entries.order_by(Entry.message_id, Entry.seq)):
        growth.setdefault(key, []).append(Delta(seq - 1, seq, *text))
    return growth


def read_newest(before: Newest | None) -> tuple[Newest, set[str]]:
    """Return the state of all conversations, and the public ids of those that have got a message,
    or whose answer has ended, since they were in the state `before`. In two statements."""
    last = db.session.scalar(select(func.max(Message.id))) or 0
    since = max(0, last - RECENT_MESSAGES) if before is None else before.key
    named = select(Message.id, Conversation.public_id).join_from(Message, Conversation)
    is_new = named.where(Message.id > since).order_by(Message.id).limit(CHANGED_AT_ONCE)
    new = {row.id: row.public_id for row in db.session.execute(is_new)}
    streaming = {row.id: row.public_id for row in db.session.execute(named.where(STREAMING))}
    known = {} if before is None else before.streaming
    ended = {public_id for key, public_id in known.items() if key not in streaming}
    newest = Newest(max(new, default=since), streaming)
    return newest, set(new.values()) | ended


def read_marks(public_ids: Sequence[str]) -> dict[str, Marks]:
    """Return, by these conversations, how far their members have read who have read anything."""
    marked = Membership.read_position > 0
    found = (
        select(Conversation.public_id, Membership.user_id, Membership.read_position)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Conversation.public_id.in_(public_ids), Conversation.deleted_at.is_(None), marked)
    )
    marks: dict[str, Marks] = {}
    for public_id, *mark in db.session.execute(found):
        marks.setdefault(public_id, []).append((mark[0], mark[1]))
    return marks


def _heads() -> Select[*tuple[Any, ...]]:
    is_streaming = Message.status == Status.STREAMING
    seq = case((is_streaming, func.coalesce(_last_entry(), 0)), else_=Message.seq)
    here = (Conversation.public_id, Conversation.position, Conversation.revision)
    return (
        select(*here, Conversation.reacted, Message.id, Message.public_id, Message.status)
        .add_columns(func.coalesce(seq, 0))
        .select_from(Conversation)
        .outerjoin(Message, Message.id == func.coalesce(_last_answer(), _last_message()))
        .where(Conversation.deleted_at.is_(None))
    )


def _last_answer() -> ScalarSelect[int]:
    answer = aliased(Message)
    shown = (answer.role == Role.ASSISTANT) & answer.hidden_with.is_(None)
    here = select(answer.id).where(answer.conversation_id == Conversation.id, shown)
    recent = here.where(answer.position > Conversation.position - RECENT_POSITIONS)
    return recent.order_by(answer.position.desc()).limit(1).scalar_subquery()


def _last_message() -> ScalarSelect[int]:
    last = aliased(Message)
    is_last = last.position == Conversation.position
    here = select(last.id).where(last.conversation_id == Conversation.id, is_last)
    return here.scalar_subquery()


def _last_entry() -> ScalarSelect[int]:
    log = select(func.max(Entry.seq)).where(Entry.message_id == Message.id)
    return log.scalar_subquery()
