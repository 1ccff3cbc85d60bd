"""How a conversation begins."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models.conversation import UNTITLED, Conversation
from app.models.membership import Membership


def start_conversation(owner_id: int, title: str | None, model: str) -> str:
    """Begin a conversation in the caller's transaction; return its public id."""
    conversation = Conversation(title=title or UNTITLED, model=model)
    db.session.add(conversation)
    db.session.flush()
    conversation.admit(owner_id, is_owner=True)
    return conversation.public_id


def unused_conversation(owner_id: int, model: str) -> str | None:
    """Return the latest one that somebody has begun with this model, if it is as it was then.

    Nothing has ever been said in it, it has no title, and nobody else is in it.
    """
    other = aliased(Membership)
    shared = exists().where(other.conversation_id == Conversation.id, other.user_id != owner_id)
    return db.session.scalar(
        select(Conversation.public_id)
        .join(Membership, Membership.conversation_id == Conversation.id)
        .where(Membership.user_id == owner_id, Membership.is_owner, ~shared)
        .where(Conversation.position == 0, Conversation.title == UNTITLED)
        .where(Conversation.model == model)
        .order_by(Conversation.id.desc())
        .limit(1)
    )
