"""The JSON payloads that leave the server, each defined once; docs/protocol.md explains them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from flask import current_app
from itsdangerous import Signer

from app.models import Conversation, Message
from app.models.conversation import Asking
from app.models.listing import Listed, Listing
from app.models.log import Delta
from app.models.mentions import Told
from app.models.message import Role
from app.models.pins import Pinned, pinned_in
from app.models.stats import Stats, stats_of
from app.models.user import Member, members_of

FORMER_MEMBER = "Somebody who left"


class ProgressPayload(TypedDict):
    """Text that was added to a message: its entries after `since`, up to `seq`.

    Sent as `chunk`; as `streaming_end`, when the message has ended; and as `current_state`, when a
    reader joins.
    """

    id: str
    conversation: str
    since: int
    seq: int
    content: NotRequired[str]
    thinking: NotRequired[str]
    status: str
    error: NotRequired[str]
    note: NotRequired[str]
    cut: NotRequired[bool]
    stats: NotRequired[Stats]


class ReactionPayload(TypedDict):
    """Those who have put an emoji on a message, each as the `sender` of messages."""

    emoji: str
    people: list[str]


class ReactionsPayload(TypedDict):
    """All reactions to a message; `reacted` is the number of their last change.

    Sent as `reactions`, when they have changed, and in the acknowledgement of `reactions`.
    """

    id: str
    conversation: str
    reacted: int
    reactions: list[ReactionPayload]


class MessagePayload(ProgressPayload):
    """A message from its beginning, with its place and author.

    Sent as `message`, when a message is added and when a reader that lacks it joins, and in the
    acknowledgement of `history`.
    """

    position: int
    revision: int
    role: str
    author: NotRequired[str]
    sender: NotRequired[str]
    bot: NotRequired[bool]
    model: NotRequired[str]
    asks: NotRequired[list[str]]
    mentions: NotRequired[list[str]]
    quotes: NotRequired[str]
    reacted: NotRequired[int]
    reactions: NotRequired[list[ReactionPayload]]
    version: NotRequired[int]
    versions: NotRequired[int]
    created_at: str


class PersonPayload(TypedDict):
    """A member of a conversation: its role says what it may do; `sender` is as in its messages.
    It has read up to position `read`.

    Sent in a ConversationPayload.
    """

    name: str
    sender: str
    role: str
    bot: NotRequired[bool]
    read: NotRequired[int]


class SettingsPayload(TypedDict, total=False):
    """How the models are to answer; what is left to them is absent.

    Sent in a ConversationPayload.
    """

    system_prompt: str
    temperature: float
    effort: str


class PinnedPayload(TypedDict):
    """A pinned message, who wrote it, how it begins, and who has pinned it, as a `sender`.

    Sent in a ConversationPayload.
    """

    id: str
    position: int
    author: NotRequired[str]
    model: NotRequired[str]
    excerpt: NotRequired[str]
    by: str


class ConversationPayload(TypedDict):
    """A conversation's title and members, which messages ask a model, those that are pinned, how
    the models are to answer, from which position on messages are sent to them, and its position
    and revision. `version` grows with every change of these.

    Sent as `conversation`, when anything but the last two has changed, and as acknowledgement of
    `join`.
    """

    conversation: str
    title: str
    members: list[str]
    people: NotRequired[list[PersonPayload]]
    asking: NotRequired[str]
    pinned: NotRequired[list[PinnedPayload]]
    settings: NotRequired[SettingsPayload]
    sent_from: NotRequired[int]
    position: int
    revision: int
    version: NotRequired[int]
    reacted: NotRequired[int]


class RemovedPayload(TypedDict):
    """The ids of messages that no longer exist, and the revision since then.

    Sent as `removed`, when messages are removed and when a reader joins that holds such messages.
    """

    conversation: str
    ids: list[str]
    revision: int


class PresentPersonPayload(TypedDict):
    """Somebody who is here: follows the text that is being written, or types."""

    sender: str
    following: NotRequired[bool]
    typing: NotRequired[bool]


class PresentPayload(TypedDict):
    """All who are present in a conversation.

    Sent as `present`, when any of this has changed, and in the acknowledgement of `presence`.
    """

    conversation: str
    people: list[PresentPersonPayload]


class ReadPayload(TypedDict):
    """A member, and the position up to which they have read."""

    sender: str
    read: int


class SeenPayload(TypedDict):
    """Members who have read on.

    Sent as `seen`.
    """

    conversation: str
    people: list[ReadPayload]


class ListedPayload(TypedDict):
    """One conversation in the list of a member, who has read it up to position `read`; after
    that there are `unread` messages by others.

    Sent as `listed`, when any of this has changed, and in a ListingPayload.
    """

    conversation: str
    title: str
    members: list[str]
    model: str
    position: int
    updated_at: str
    version: int
    read: int
    unread: NotRequired[int]
    snippet: NotRequired[str]
    streaming: NotRequired[bool]
    pinned: NotRequired[bool]
    archived: NotRequired[bool]
    muted: NotRequired[bool]
    owner: NotRequired[bool]


class UnlistedPayload(TypedDict):
    """A conversation that a list no longer has: deleted, or the user is no longer a member.

    Sent as `unlisted`.
    """

    conversation: str
    version: int


class NotificationPayload(TypedDict):
    """A message that its reader wants to be told of: it is a `mention` of them by somebody, or an
    `answer` by a model to their own question.

    Sent as `notification`.
    """

    conversation: str
    id: str
    kind: str
    title: str
    by: NotRequired[str]


class ListingPayload(TypedDict):
    """A page of the user's conversations; `next` is the token of the next page.

    Sent as the acknowledgement of `conversations`.
    """

    conversations: list[ListedPayload]
    next: NotRequired[str]


def progress_payload(
    message_id: str,
    conversation_id: str,
    delta: Delta,
    status: str,
    error: str | None = None,
    note: str | None = None,
    stats: Stats | None = None,
    *,
    is_cut: bool = False,
) -> ProgressPayload:
    """Return a payload with the text of `delta`; empty values are left out."""
    payload: ProgressPayload = {
        "id": message_id,
        "conversation": conversation_id,
        "since": delta.since,
        "seq": delta.seq,
        "status": status,
    }
    if delta.content:
        payload["content"] = delta.content
    if delta.thinking:
        payload["thinking"] = delta.thinking
    if error:
        payload["error"] = error
    if note:
        payload["note"] = note
    if is_cut:
        payload["cut"] = True
    if stats:
        payload["stats"] = stats
    return payload


def state_payload(
    message: Message, conversation: Conversation, delta: Delta, stats: Stats | None
) -> ProgressPayload:
    """Return a payload with the text of `delta` and the present state of a message."""
    return progress_payload(
        message.public_id,
        conversation.public_id,
        delta,
        message.status,
        message.error,
        message.note,
        stats,
        is_cut=message.is_cut,
    )


def message_payload(message: Message, conversation: Conversation) -> MessagePayload:
    """Return a message from its beginning: with its text, or without it while it streams."""
    stats = None if message.is_streaming else stats_of(message)
    payload: MessagePayload = {
        **state_payload(message, conversation, message.stored_text, stats),  # type: ignore[typeddict-item]
        "position": message.position,
        "revision": conversation.revision,
        "role": message.role,
        "created_at": rfc3339(message.created_at),
    }
    _add_author(payload, message, conversation)
    if message.asks is not None:
        payload["asks"] = list(message.asks)
    if message.mentions:
        payload["mentions"] = list(message.mentions)
    if message.quotes:
        payload["quotes"] = message.quotes
    if message.reacted:
        payload["reacted"] = message.reacted
        payload["reactions"] = reactions_of(message, conversation)
    if message.versions > 1:
        payload["version"], payload["versions"] = message.version, message.versions
    return payload


def _add_author(payload: MessagePayload, message: Message, conversation: Conversation) -> None:
    if message.role == Role.USER:
        payload["author"] = message.author_name or FORMER_MEMBER
    if message.author:
        payload["sender"] = sender(conversation.public_id, message.author.id)
    if message.author and message.author.is_bot:
        payload["bot"] = True
    if message.model and message.role == Role.ASSISTANT:
        payload["model"] = message.model


def conversation_payload(
    conversation: Conversation, members: Sequence[Member] | None = None
) -> ConversationPayload:
    """Return a conversation's payload; `members` are read unless they are given."""
    if members is None:
        members = members_of([conversation.id])[conversation.id]
    payload: ConversationPayload = {
        "conversation": conversation.public_id,
        "title": conversation.title,
        "members": [member.name for member in members],
        "people": [person_payload(conversation.public_id, member) for member in members],
        "position": conversation.position,
        "revision": conversation.revision,
        "version": conversation.version + conversation.position + conversation.revision,
    }
    if pinned := pinned_in(conversation):
        payload["pinned"] = [pinned_payload(conversation.public_id, each) for each in pinned]
    if conversation.asking != Asking.EVERY:
        payload["asking"] = conversation.asking
    if settings := settings_payload(conversation):
        payload["settings"] = settings
    if conversation.sent_from:
        payload["sent_from"] = conversation.sent_from
    if conversation.reacted:
        payload["reacted"] = conversation.reacted
    return payload


def reactions_payload(message: Message, conversation: Conversation) -> ReactionsPayload:
    """Return all reactions to a message."""
    return {
        "id": message.public_id,
        "conversation": conversation.public_id,
        "reacted": message.reacted,
        "reactions": reactions_of(message, conversation),
    }


def reactions_of(message: Message, conversation: Conversation) -> list[ReactionPayload]:
    """Return who has put which emoji on a message, in the order in which they came."""
    return [
        {"emoji": emoji, "people": [sender(conversation.public_id, person) for person in people]}
        for emoji, people in message.reactions.items()
    ]


def pinned_payload(conversation_id: str, pinned: Pinned) -> PinnedPayload:
    """Return a pinned message."""
    payload: PinnedPayload = {
        "id": pinned.id,
        "position": pinned.position,
        "by": sender(conversation_id, pinned.pinned_by),
    }
    if pinned.role == Role.USER:
        payload["author"] = pinned.author or FORMER_MEMBER
    elif pinned.model:
        payload["model"] = pinned.model
    if pinned.excerpt:
        payload["excerpt"] = pinned.excerpt
    return payload


def settings_payload(conversation: Conversation) -> SettingsPayload:
    """Return how the models are to answer, as far as that is not left to them."""
    settings: SettingsPayload = {}
    if conversation.system_prompt:
        settings["system_prompt"] = conversation.system_prompt
    if conversation.temperature is not None:
        settings["temperature"] = conversation.temperature
    if conversation.effort is not None:
        settings["effort"] = conversation.effort
    return settings


def person_payload(conversation_id: str, member: Member) -> PersonPayload:
    """Return a member of a conversation."""
    payload: PersonPayload = {
        "name": member.name,
        "sender": sender(conversation_id, member.id),
        "role": member.role,
    }
    if member.is_bot:
        payload["bot"] = True
    if member.read:
        payload["read"] = member.read
    return payload


def present_payload(
    conversation_id: str, people: Sequence[tuple[str, bool, bool]]
) -> PresentPayload:
    """Return who is present: each as (sender, whether they follow, whether they type)."""
    return {
        "conversation": conversation_id,
        "people": [_present_person(*person) for person in people],
    }


def _present_person(who: str, follows: bool, types: bool) -> PresentPersonPayload:
    payload: PresentPersonPayload = {"sender": who}
    if follows:
        payload["following"] = True
    if types:
        payload["typing"] = True
    return payload


def removed_payload(conversation: Conversation, ids: Sequence[str]) -> RemovedPayload:
    """Return the payload for messages that were removed."""
    return {
        "conversation": conversation.public_id,
        "ids": list(ids),
        "revision": conversation.revision,
    }


def listing_payload(listing: Listing) -> ListingPayload:
    """Return a page of conversations."""
    payload: ListingPayload = {
        "conversations": [listed_payload(listed) for listed in listing.conversations]
    }
    if listing.next:
        payload["next"] = listing.next
    return payload


def listed_payload(listed: Listed) -> ListedPayload:
    """Return a conversation as it stands in a member's list; what is false or empty is left out."""
    conversation, membership = listed.conversation, listed.membership
    payload: ListedPayload = {
        "conversation": conversation.public_id,
        "title": conversation.title,
        "members": listed.members,
        "model": conversation.model,
        "position": conversation.position,
        "updated_at": rfc3339(conversation.updated_at),
        "version": listed.version,
        "read": membership.read_position,
    }
    if listed.unread:
        payload["unread"] = listed.unread
    if listed.snippet:
        payload["snippet"] = listed.snippet
    if listed.is_streaming:
        payload["streaming"] = True
    if membership.pinned:
        payload["pinned"] = True
    if membership.archived:
        payload["archived"] = True
    if membership.muted:
        payload["muted"] = True
    if membership.is_owner:
        payload["owner"] = True
    return payload


def notification_payload(told: Told, kind: str) -> NotificationPayload:
    """Return what somebody is told of."""
    payload: NotificationPayload = {
        "conversation": told.conversation,
        "id": told.id,
        "kind": kind,
        "title": told.title,
    }
    if told.by:
        payload["by"] = told.by
    return payload


def sender(conversation_id: str, user_id: int) -> str:
    """Return an id of a user that is valid in one conversation only and can't be guessed.

    Two members may have the same name; this tells them apart.
    """
    signer = Signer(current_app.secret_key or "", salt="sender")
    return signer.get_signature(f"{conversation_id}/{user_id}").decode()


def rfc3339(at: datetime) -> str:
    """Return a time in UTC as RFC 3339 writes it, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
