"""The JSON shapes that leave the server, each named once; `docs/protocol.md` explains them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from app.events.sender import sender
from app.models import Conversation, Message
from app.models.log import Delta
from app.models.message import Role
from app.models.stats import Stats, stats_of


class Progress(TypedDict):
    """How a message goes on from its entry `since` to its entry `seq`."""

    id: str
    conversation: str
    since: int
    seq: int
    content: NotRequired[str]
    thinking: NotRequired[str]
    status: str
    error: NotRequired[str]
    stats: NotRequired[Stats]


class Announcement(Progress):
    """A message that now exists."""

    position: int
    revision: int
    role: str
    author: NotRequired[str]
    sender: NotRequired[str]
    bot: NotRequired[bool]
    model: NotRequired[str]
    created_at: str


class Description(TypedDict):
    """What a conversation is called, who is in it, and where it stands."""

    conversation: str
    title: str
    members: list[str]
    position: int
    revision: int


class Removal(TypedDict):
    """Messages that are gone."""

    conversation: str
    ids: list[str]
    revision: int


def progress(
    message_id: str,
    conversation_id: str,
    delta: Delta,
    status: str,
    error: str | None = None,
    stats: Stats | None = None,
) -> Progress:
    """Return what leads a reader from `delta.since` to `delta.seq`; empty texts are left out."""
    shape: Progress = {
        "id": message_id,
        "conversation": conversation_id,
        "since": delta.since,
        "seq": delta.seq,
        "status": status,
    }
    if delta.content:
        shape["content"] = delta.content
    if delta.thinking:
        shape["thinking"] = delta.thinking
    if error:
        shape["error"] = error
    if stats:
        shape["stats"] = stats
    return shape


def progress_of(
    message: Message, conversation: Conversation, delta: Delta, stats: Stats | None
) -> Progress:
    """Return what leads a reader along `delta` to how a message stands."""
    where, status = conversation.public_id, message.status
    return progress(message.public_id, where, delta, status, message.error, stats)


def announcement(message: Message, conversation: Conversation) -> Announcement:
    """Return a message from its beginning: with its text, or without where it streams."""
    stats = None if message.is_streaming else stats_of(message)
    shape: Announcement = {
        **progress_of(message, conversation, message.whole, stats),  # type: ignore[typeddict-item]
        "position": message.position,
        "revision": conversation.revision,
        "role": message.role,
        "created_at": rfc3339(message.created_at),
    }
    if message.role == Role.USER:
        shape["author"] = message.author.name if message.author else "Somebody who left"
    if message.author:
        shape["sender"] = sender(conversation.public_id, message.author.id)
    if message.author and message.author.is_bot:
        shape["bot"] = True
    if message.model:
        shape["model"] = message.model
    return shape


def removal(conversation: Conversation, ids: Sequence[str]) -> Removal:
    """Return which messages are gone."""
    return {
        "conversation": conversation.public_id,
        "ids": list(ids),
        "revision": conversation.revision,
    }


def description(conversation: Conversation) -> Description:
    """Return what a conversation is called, who is in it, and where it stands."""
    return {
        "conversation": conversation.public_id,
        "title": conversation.title,
        "members": list(conversation.member_names),
        "position": conversation.position,
        "revision": conversation.revision,
    }


def rfc3339(moment: datetime) -> str:
    """Return a moment in UTC as RFC 3339 writes it, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
