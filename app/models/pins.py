"""Pinned messages: a conversation has them at hand, and models always get them, whatever else is
left out.

A pin belongs to a version of a message: it is hidden with it, and comes back with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from app.characters import cut
from app.errors import Conflict
from app.extensions import db
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.rights import Action
from app.models.user import User
from app.text import plain_line

MAX_PINS = 20  # of one conversation, with those of versions that are not shown
TOO_MANY = f"A conversation can have {MAX_PINS} pinned messages, with those of versions not shown."
STREAMS = "That answer is still being written. It can be pinned when it has ended."
EXCERPT_READ = 400  # characters of a text
EXCERPT = 120  # characters that are shown of it


class Pinned(NamedTuple):
    """A pinned message that is shown; `author` is None for an answer, and for somebody who left."""

    id: str
    position: int
    role: str
    author: str | None
    model: str | None
    excerpt: str
    pinned_by: int


def pin(conversation: Conversation, message_id: int, user_id: int, *, on: bool) -> None:
    """Pin a message, or unpin it, in the caller's transaction; that it is so already is no error.

    Raises NotFound, Forbidden, and Conflict where the message is not shown any more, is still being
    written, or is one more than there may be.
    """
    conversation.allow(user_id, Action.WRITE)
    message = db.session.get_one(Message, message_id, populate_existing=True)
    message.check_shown()
    if on == (message.pinned_by_id is not None):
        return
    if on and message.is_streaming:
        raise Conflict(STREAMS)
    if on and conversation.pins >= MAX_PINS:
        raise Conflict(TOO_MANY)
    message.pinned_by_id = user_id if on else None
    conversation.count_pins(1 if on else -1)


def pinned_in(conversation: Conversation) -> Sequence[Pinned]:
    """Return the pinned messages that are shown, in their order."""
    if not conversation.pins:
        return []
    found = (
        select(Message.public_id, Message.position, Message.role, Message.author_name_column())
        .add_columns(
            Message.model, func.substr(Message.content, 1, EXCERPT_READ), Message.pinned_by_id
        )
        .outerjoin(User, User.id == Message.author_id)
        .where(Message.conversation_id == conversation.id, Message.is_shown(), Message.is_pinned())
        .order_by(Message.position)
    )
    return [_pinned(*row) for row in db.session.execute(found)]


def _pinned(
    id: str, position: int, role: str, author: str | None, model: str | None, text: str, by: int
) -> Pinned:
    return Pinned(id, position, role, author, model, cut(plain_line(text), EXCERPT), by)
