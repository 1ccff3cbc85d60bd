"""What a list says of conversations besides their titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Status


class Sketch(NamedTuple):
    """Who is in a conversation, the owner first, and whether an answer is being written."""

    members: list[str]
    is_streaming: bool


def sketches_of(conversations: Sequence[Conversation]) -> dict[int, Sketch]:
    """Return a sketch of each conversation, by its key."""
    keys = [conversation.id for conversation in conversations]
    members, streaming = _members_of(keys), _streaming_of(keys)
    return {key: Sketch(members[key], key in streaming) for key in keys}


def _members_of(keys: list[int]) -> dict[int, list[str]]:
    user = db.metadata.tables["user_account"]
    found = db.session.execute(
        select(Membership.conversation_id, user.c.name)
        .join(user, Membership.user_id == user.c.id)
        .where(Membership.conversation_id.in_(keys))
        .order_by(Membership.id)
    )
    members: dict[int, list[str]] = {key: [] for key in keys}
    for key, name in found:
        members[key].append(name)
    return members


def _streaming_of(keys: list[int]) -> set[int]:
    found = select(Message.conversation_id).where(
        Message.conversation_id.in_(keys), Message.status == Status.STREAMING
    )
    return set(db.session.scalars(found))
