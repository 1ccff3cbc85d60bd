"""Renders the page of a conversation."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app, render_template
from flask_login import current_user
from itsdangerous import Signer
from markupsafe import Markup

from app.background import in_turn
from app.database import read
from app.events.payloads import conversation_payload, reactions_of, sender
from app.events.shapes import ConversationPayload, ReactionPayload
from app.models import Assistant, Role, Status
from app.models.branching import origin_for
from app.models.columns import new_public_id
from app.models.continuing import can_go_on, is_open
from app.models.log import read_log
from app.models.reading import find_conversation, messages_before
from app.models.rights import Action, MemberRole, may
from app.models.stats import Stats, stats_of
from app.rendering.renderer import as_text, current_renderer
from app.replies import current_runtime
from app.replies.allowance import warning_for
from app.schemas import EMOJIS
from app.views.seen import first_new, last_ended, seen_by
from app.views.sidebar import sidebar_of

RENDER_SECONDS = 2.0  # for a page


class ShownMessage(NamedTuple):
    """A message as its template needs it."""

    key: int
    id: str
    position: int
    role: str
    author: str | None
    sender: str | None
    is_bot: bool
    model: str | None
    is_to_everybody: bool
    mentions: tuple[str, ...]
    quotes: str | None
    files: Sequence[Mapping[str, Any]]
    reacted: int
    reactions: list[ReactionPayload]
    version: int
    versions: int
    created_at: datetime
    seq: int
    status: str
    waits: bool  # a question whose answer has not started
    error: str | None
    note: str | None
    can_go_on: bool
    is_open: bool  # it has not come to its own end
    content: str
    thinking: str
    stats: Stats
    content_html: Markup | None


class Origin(NamedTuple):
    """What a conversation was branched from, for those who may read that."""

    public_id: str
    title: str


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A conversation and some of its messages, read in one transaction."""

    conversation: ConversationPayload
    model: str
    role: str
    read: int  # the position up to which the user has read it
    messages: list[ShownMessage]
    more: bool  # earlier messages than these exist
    can_edit: bool  # the last question is the user's own
    origin: Origin | None
    assistant: Any  # the one that it was begun with, as Assistant.answering() returns it


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of the form: a text, the id of the question it edits, a model, to whom it is
    written ("model", "everybody", or "" for as the conversation says), an error, the id of a
    message that it quotes, and its files, as readers are told of them."""

    content: str = ""
    edits: str | None = None
    model: str | None = None
    to: str = ""
    problem: str = ""
    quotes: str | None = None
    files: Sequence[Mapping[str, Any]] = ()


def render_conversation(
    user_id: int,
    public_id: str,
    before: int | None = None,
    draft: Draft | None = None,
    found: str | None = None,
) -> str:
    """Return the page's HTML, with the messages before position `before`, or the latest.

    `found` is the id of a message that somebody looks for, in a version that is not shown.
    """
    with in_turn():
        page = read(lambda: _read_page(user_id, public_id, before))
    messages = with_html(page.messages)
    models = current_runtime().models.offered_to(user_id)
    me = sender(public_id, user_id)
    people = page.conversation.get("people", [])
    marks = seen_by(messages, people, me) if before is None else {}
    with in_turn():
        return render_template(
            "conversations/show.html",
            conversation=page.conversation,
            model=page.model,
            is_owner=page.role == MemberRole.OWNER,
            writes=may(page.role, Action.WRITE),
            read=page.read,
            seen_by=marks,
            first_sent=_first_sent(messages, page),
            first_new=first_new(messages, page.read, me),
            last_ended=last_ended(messages, page.conversation["position"]),
            messages=messages,
            sidebar=sidebar_of(user_id),
            more=page.more,
            is_latest=before is None,
            warning=warning_for(current_user),
            key=new_public_id(),
            can_edit=page.can_edit,
            origin=page.origin,
            assistant=page.assistant,
            draft=draft or Draft(),
            found=found,
            reader=_browser_key(user_id),
            me=me,
            names_by_sender={person["sender"]: person["name"] for person in people},
            emojis=EMOJIS,
            labels=models.all_labels,
            handles=models.handles,
            label=models.label,
            models=models,
        )


def _first_sent(messages: list[ShownMessage], page: ConversationPage) -> str | None:
    """Return the id of the first message that is still sent to the models, if others before it are
    not, and it is on this page."""
    since = page.conversation.get("sent_from", 0)
    sent = [message for message in messages if message.position >= since]
    if not since or not sent:
        return None
    begins_here = len(sent) < len(messages) or (page.more and sent[0].position == since)
    return sent[0].id if begins_here else None


def _browser_key(user_id: int) -> str:
    """Return the name under which the browser stores this user's drafts."""
    signer = Signer(current_app.secret_key or "", salt="reader")
    return signer.get_signature(str(user_id)).decode()


def _read_page(user_id: int, public_id: str, before: int | None) -> ConversationPage:
    conversation = find_conversation(public_id, user_id)
    position = conversation.position + 1 if before is None else before
    messages, more = messages_before(conversation.id, position)
    authors = {message.author_id for message in messages if message.author_id}
    senders = {author: sender(public_id, author) for author in authors}
    origin = origin_for(conversation.branched_from, user_id)
    return ConversationPage(
        conversation_payload(conversation),
        conversation.model,
        conversation.member_role,
        conversation.read_position,
        [shown_message(message, senders, conversation) for message in messages],
        more,
        can_edit=conversation.last_asked_by == user_id,
        origin=Origin(origin.public_id, origin.title) if origin else None,
        assistant=Assistant.answering(conversation.assistant),
    )


def shown_message(message: Any, senders: Mapping[int, str], conversation: Any) -> ShownMessage:
    """Return a message of a page as its template needs it; `senders` are their ids by the keys of
    users."""
    is_streaming = message.status == Status.STREAMING
    text = read_log(message.id) if is_streaming else message
    html = message.content_html
    return ShownMessage(
        key=message.id,
        id=message.public_id,
        position=message.position,
        role=message.role,
        author=message.author_name,
        sender=senders.get(message.author_id),
        is_bot=bool(message.author_is_bot),
        model=message.model if message.role == Role.ASSISTANT else None,
        is_to_everybody=message.asks == (),
        mentions=message.mentions or (),
        quotes=message.quotes,
        files=message.files,
        reacted=message.reacted,
        reactions=reactions_of(message, conversation),
        version=message.version,
        versions=message.versions,
        created_at=message.created_at,
        seq=text.seq,
        status=message.status,
        waits=message.waiting,
        error=message.error,
        note=message.note,
        can_go_on=can_go_on(message),
        is_open=is_open(message.status, message.is_cut),
        content=text.content,
        thinking=text.thinking,
        stats=stats_of(message),
        content_html=None if html is None else Markup(html),  # our own rendering
    )


def with_html(messages: Iterable[ShownMessage]) -> list[ShownMessage]:
    """Render what has no stored HTML: a streaming message, or one that has just been stored.

    Text that can't be rendered soon is shown as text.
    """
    deadline = time.monotonic() + RENDER_SECONDS
    return [
        message if message.content_html is not None else _rendered(message, deadline)
        for message in messages
    ]


def _rendered(message: ShownMessage, deadline: float) -> ShownMessage:
    left = max(0.0, deadline - time.monotonic())
    html = current_renderer().render(
        message.key, message.role, message.content, left, message.is_open
    )
    return message._replace(content_html=Markup(as_text(message.content) if html is None else html))
