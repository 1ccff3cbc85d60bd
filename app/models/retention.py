"""Retention: conversations in which nobody has written for a time are deleted. Off by default.

What is pinned can be kept: a conversation that one of its members has pinned in their list, and one
in which a message is pinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, func, select

from app.errors import Unavailable
from app.extensions import db
from app.models import audit
from app.models.columns import now
from app.models.control_event import SETTINGS_ROOM, ControlEvent, Kind
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import STREAMING, WAITING, Message
from app.models.server_setting import ServerSetting
from app.models.timed_reading import TookTooLong, read_within

SETTING = "retention"
LEAST_DAYS, MOST_DAYS = 1, 36_500
LOOKED_AT = 500  # conversations, in one statement
TRIAL_SECONDS = 5.0
TOO_LONG = "It took too long to count what would go. Try it with more days."


class Retention(NamedTuple):
    """After how many days without a message a conversation is deleted; None: never."""

    days: int | None = None
    keeps_pinned: bool = True

    @classmethod
    def read(cls) -> Retention:
        """Return what is set."""
        return cls(**(ServerSetting.find(SETTING) or {}))

    def store(self) -> None:
        """Set it, in the caller's transaction; every process learns of it."""
        ServerSetting.store(SETTING, self._asdict())
        ControlEvent.post(Kind.SETTINGS, SETTINGS_ROOM)
        audit.record(audit.Kind.RETENTION, detail=self.in_words)

    @property
    def in_words(self) -> str:
        """Return what is set as the log says it."""
        if self.days is None:
            return "off"
        return f"after {self.days} days{', not what is pinned' if self.keeps_pinned else ''}"


class Trial(NamedTuple):
    """What would go now: how many conversations with how many messages, and when somebody has
    written last in the oldest of them, and in the newest."""

    conversations: int
    messages: int
    oldest: datetime | None
    newest: datetime | None


def trial(retention: Retention) -> Trial:
    """Return what would go now; Unavailable where that takes too long."""
    try:
        return read_within(TRIAL_SECONDS, lambda connection: _trial(connection, retention))
    except TookTooLong as error:
        raise Unavailable(TOO_LONG) from error


def keys_after(key: int) -> Sequence[int]:
    """Return the keys of the next conversations after this one, in their order."""
    found = select(Conversation.id).where(Conversation.id > key).order_by(Conversation.id)
    return db.session.scalars(found.limit(LOOKED_AT)).all()


def overdue_among(first: int, last: int) -> Sequence[int]:
    """Return the keys of the conversations between these, whose time is over by what is set."""
    retention = Retention.read()
    if retention.days is None:
        return []
    found = select(Conversation.id).where(*_is_overdue(retention))
    return db.session.scalars(found.where(Conversation.id.between(first, last))).all()


def delete_overdue(key: int) -> bool:
    """Delete a conversation, in the caller's transaction, if its time is over: somebody may have
    written, or changed what is set, since it was looked up. Returns whether it was.

    Its readers are told as of any deletion, and the sweep removes it.
    """
    retention = Retention.read()
    conversation = db.session.get(Conversation, key)
    if conversation is None or retention.days is None:
        return False
    conversation.lock()
    found = select(Conversation.id).where(Conversation.id == key, *_is_overdue(retention))
    if db.session.scalar(found) is None:
        return False
    conversation.delete()
    return True


def record_deleted(count: int) -> None:
    """Add to the log how many conversations have gone, in the caller's transaction."""
    audit.record(audit.Kind.RETENTION, detail=f"{count} conversations deleted")


def _trial(connection: Connection, retention: Retention) -> Trial:
    overdue = select(Conversation.id).where(*_is_overdue(retention))
    oldest, newest = func.min(Conversation.updated_at), func.max(Conversation.updated_at)
    found = select(func.count(), oldest, newest).where(*_is_overdue(retention))
    conversations, *times = connection.execute(found).one()
    inside = select(func.count()).select_from(Message)
    messages = connection.execute(inside.where(Message.conversation_id.in_(overdue))).scalar_one()
    return Trial(conversations, messages, *times)


def _is_overdue(retention: Retention) -> tuple[ColumnElement[bool], ...]:
    """Select what goes. Where an answer is written, or waited for, somebody has just written."""
    before = now() - timedelta(days=retention.days or MOST_DAYS)
    conditions = (
        Conversation.deleted_at.is_(None),
        Conversation.updated_at < before,
        Conversation.id.not_in(select(Message.conversation_id).where(STREAMING)),
        Conversation.id.not_in(select(Message.conversation_id).where(WAITING)),
    )
    return (*conditions, ~_is_pinned()) if retention.keeps_pinned else conditions


def _is_pinned() -> ColumnElement[bool]:
    by_member = exists().where(Membership.conversation_id == Conversation.id, Membership.pinned)
    return by_member | (Conversation.pins > 0)
