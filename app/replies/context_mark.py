"""The mark from which on a conversation is sent to its models: stored and told where it moves."""

from __future__ import annotations

from app.database import write
from app.events import emit
from app.events.announcing import announce
from app.events.payloads import conversation_payload
from app.events.shapes import ConversationPayload
from app.extensions import db
from app.models import Message


def move_mark(message_id: int, since: int) -> None:
    """Store that an answer is asked for with what was said from this position on, and tell every
    reader."""
    moved = write(lambda: _move(message_id, since))
    if moved:
        announce(emit.conversation, moved)


def _move(message_id: int, since: int) -> ConversationPayload | None:
    message = db.session.get(Message, message_id)
    if message is None:
        return None
    conversation = message.conversation.lock()
    conversation.sent_from = since
    return conversation_payload(conversation)
