"""Who may see what: everything is looked up among the caller's own conversations."""

from __future__ import annotations

from flask_login import current_user

from app.errors import NotFound, Unauthorized
from app.extensions import db
from app.models import Conversation, Message
from app.models.columns import is_public_id


def authorize(public_id: str) -> Conversation:
    """Return the caller's conversation of this id.

    Raises Unauthorized where nobody is signed in, and NotFound for what is missing and for
    what is somebody else's alike.
    """
    _check(public_id)
    return _one(Conversation.public_id == public_id)


def authorize_message(public_id: str) -> tuple[Conversation, Message]:
    """Return a message of one of the caller's conversations, and that conversation."""
    _check(public_id)
    message = db.session.scalar(db.select(Message).where(Message.public_id == public_id))
    if message is None:
        raise NotFound()
    return _one(Conversation.id == message.conversation_id), message


def authorize_question(public_id: str) -> Conversation:
    """Return the caller's conversation in which a question is, or was until an edit replaced it."""
    _check(public_id)
    either = (Message.public_id == public_id) | (Message.replaces == public_id)
    found = db.session.scalar(db.select(Message.conversation_id).where(either))
    if found is None:
        raise NotFound()
    return _one(Conversation.id == found)


def _check(public_id: str) -> None:
    if not is_public_id(public_id):
        raise NotFound()


def _one(condition: object) -> Conversation:
    if not current_user.is_authenticated:
        raise Unauthorized()
    mine = current_user.conversations.select().where(condition)
    conversation: Conversation | None = db.session.scalar(mine)
    if conversation is None:
        raise NotFound()
    return conversation
