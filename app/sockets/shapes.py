"""The JSON shapes that leave the server, each named once; `docs/protocol.md` explains them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from app.models import Conversation, Message
from app.models.entry import Delta
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


def announcement(message: Message, conversation: Conversation) -> Announcement:
    """Return a message from its beginning: with its text, or without where it streams."""
    text = Delta(0, message.seq, message.content, message.thinking)
    shape: Announcement = {
        **progress(  # type: ignore[typeddict-item]
            message.public_id,
            conversation.public_id,
            text,
            message.status,
            message.error,
            None if message.is_streaming else stats_of(message),
        ),
        "position": message.position,
        "revision": conversation.revision,
        "role": message.role,
        "created_at": rfc3339(message.created_at),
    }
    if message.role == Role.USER:
        shape["author"] = message.author.name if message.author else "Somebody who left"
    if message.author and message.author.is_bot:
        shape["bot"] = True
    if message.model:
        shape["model"] = message.model
    return shape


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
