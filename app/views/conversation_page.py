"""A conversation as its page shows it: messages with their text rendered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app, render_template
from itsdangerous import Signer
from markupsafe import Markup

from app.background import offload
from app.database import read
from app.errors import NotFound
from app.events.payloads import ConversationPayload, conversation_payload, sender
from app.markdown import render
from app.models import Conversation, Message, Role
from app.models.columns import new_public_id
from app.models.log import read_log
from app.models.paging import page_before
from app.models.stats import Stats, stats_of
from app.replies import current_runtime


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """What the template of a message needs."""

    id: str
    position: int
    role: str
    author: str | None
    sender: str | None
    is_bot: bool
    model: str | None
    created_at: datetime
    seq: int
    status: str
    waits: bool  # for its turn to be answered
    error: str | None
    content: str
    thinking: str
    stats: Stats
    content_html: Markup | None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A conversation and a page of its messages, as of one moment."""

    conversation: ConversationPayload
    model: str
    messages: list[ShownMessage]
    more: bool
    can_edit: bool  # the last question is the reader's own


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form to write in holds already: a text, which question it edits, what is wrong."""

    content: str = ""
    edits: str | None = None
    problem: str = ""


def show_page(
    user_id: int, public_id: str, before: int | None = None, draft: Draft | None = None
) -> str:
    """Return the page's HTML; everything on it was read in one transaction."""
    page = read(lambda: _read_page(user_id, public_id, before))
    models = current_runtime().models
    return render_template(
        "conversations/show.html",
        conversation=page.conversation,
        model=page.model,
        messages=[_rendered(message) for message in page.messages],
        more=page.more,
        is_latest=before is None,
        key=new_public_id(),
        can_edit=page.can_edit,
        draft=draft or Draft(),
        reader=_name_for_the_browser(user_id),
        me=sender(public_id, user_id),
        labels={name: models.label(name) for name in models.names},
    )


def _name_for_the_browser(user_id: int) -> str:
    """Name somebody so that one browser can keep apart what several people have left in it."""
    signer = Signer(current_app.secret_key or "", salt="reader")
    return signer.get_signature(str(user_id)).decode()


def _read_page(user_id: int, public_id: str, before: int | None) -> ConversationPage:
    conversation = Conversation.by_public_id(public_id)
    if conversation is None or not conversation.has_member(user_id):
        raise NotFound()  # since it was looked up
    position = conversation.position + 1 if before is None else before
    messages, more = page_before(conversation, position)
    last = Message.last_in(conversation, Role.USER)
    can_edit = last is not None and last.author_id == user_id
    shown = [_shown(message, public_id) for message in messages]
    return ConversationPage(
        conversation_payload(conversation), conversation.model, shown, more, can_edit
    )


def _shown(message: Message, public_id: str) -> ShownMessage:
    text = read_log(message.id) if message.is_streaming else message.whole
    html = message.content_html
    return ShownMessage(
        id=message.public_id,
        position=message.position,
        role=message.role,
        author=message.author.name if message.author else None,
        sender=sender(public_id, message.author.id) if message.author else None,
        is_bot=bool(message.author and message.author.is_bot),
        model=message.model,
        created_at=message.created_at,
        seq=text.seq,
        status=message.status,
        waits=message.waiting,
        error=message.error,
        content=text.content,
        thinking=text.thinking,
        stats=stats_of(message),
        content_html=None if html is None else Markup(html),  # our own rendering
    )


def _rendered(message: ShownMessage) -> ShownMessage:
    """Render what is not stored rendered: what streams, and what has ended just now."""
    if message.content_html is not None:
        return message
    html = offload(render, message.content)
    return replace(message, content_html=Markup(html))
