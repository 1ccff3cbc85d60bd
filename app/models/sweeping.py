"""What is removed for good: deleted conversations, and those that nobody wrote in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, delete, select

from app.extensions import db
from app.models.columns import now
from app.models.conversation import Conversation
from app.models.message import Message

UNDO_TIME = timedelta(minutes=1)  # pages offer to undo a deletion for ten seconds
UNUSED_TIME = timedelta(days=1)
CONVERSATIONS_AT_ONCE = 20
MESSAGES_AT_ONCE = 20


def swept() -> Sequence[int]:
    """Return the keys of some conversations that were deleted, or started and not used, a while
    ago."""
    return db.session.scalars(_swept().limit(CONVERSATIONS_AT_ONCE)).all()


def remove_some(conversation_id: int) -> bool:
    """Remove some messages of such a conversation, or the conversation if it has none, in the
    caller's transaction. Returns whether there may be more to remove."""
    conversation = Conversation.id == conversation_id
    if db.session.scalar(_swept().where(conversation)) is None:
        return False  # somebody has restored or used it meanwhile
    here = Message.conversation_id == conversation_id
    # the latest first: answers before their questions, with which all of them would be deleted
    latest = select(Message.id).where(here).order_by(Message.id.desc())
    keys = db.session.scalars(latest.limit(MESSAGES_AT_ONCE)).all()
    messages = delete(Message).where(Message.id.in_(keys))
    db.session.execute(messages if keys else delete(Conversation).where(conversation))
    return bool(keys)


def _swept() -> Select[int]:
    deleted = Conversation.deleted_at < now() - UNDO_TIME
    unused = Conversation.is_unused() & (Conversation.updated_at < now() - UNUSED_TIME)
    return select(Conversation.id).where(deleted | unused)
