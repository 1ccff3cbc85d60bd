"""How a conversation begins."""

from __future__ import annotations

from app.extensions import db
from app.models.conversation import UNTITLED, Conversation


def start_conversation(owner_id: int, title: str | None, model: str) -> str:
    """Begin a conversation in the caller's transaction; return its public id."""
    conversation = Conversation(title=title or UNTITLED, model=model)
    db.session.add(conversation)
    db.session.flush()
    conversation.admit(owner_id, is_owner=True)
    return conversation.public_id
