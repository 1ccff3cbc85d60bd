"""Makes the JSON payloads that leave the server, each in one place; shapes.py has their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from flask import current_app
from itsdangerous import Signer

from app.events.shapes import (
    BannerPayload,
    ConversationPayload,
    FilePayload,
    HeadPayload,
    JobPayload,
    ListedPayload,
    ListingPayload,
    MessagePayload,
    NotificationPayload,
    PersonPayload,
    PinnedPayload,
    PresentPayload,
    PresentPersonPayload,
    ProgressPayload,
    ReactionPayload,
    ReactionsPayload,
    RemovedPayload,
    SettingsPayload,
)
from app.models import Conversation, Job, Message
from app.models.conversation import Asking
from app.models.heads import Head
from app.models.listing import Listed, Listing
from app.models.log import Delta
from app.models.mentions import Told
from app.models.message import Role
from app.models.pins import Pinned, pinned_in
from app.models.server_banner import ServerBanner
from app.models.stats import Stats, stats_of
from app.models.user import Member, members_of

FORMER_MEMBER = "Former member"


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


def head_payload(head: Head) -> HeadPayload:
    """Return how far a conversation is that has a message."""
    return {
        "id": head.message or "",
        "conversation": head.conversation,
        "since": head.seq,
        "seq": head.seq,
        "status": head.status or "",
        "position": head.position,
        "revision": head.revision,
    }


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
    if message.files:
        payload["files"] = cast(list[FilePayload], list(message.files))
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
    if member.avatar:
        payload["avatar"] = member.avatar
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


def job_payload(job: Job) -> JobPayload:
    """Return how far a job is."""
    payload: JobPayload = {
        "id": job.public_id,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
    }
    if job.total:
        payload["total"] = job.total
    return payload


def banner_payload(banner: ServerBanner | None) -> BannerPayload:
    """Return what the administrators show to everybody."""
    if banner is None:
        return {}
    payload: BannerPayload = {"id": banner.id, "text": banner.text, "kind": banner.kind}
    if banner.until:
        payload["until"] = rfc3339(banner.until)
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
