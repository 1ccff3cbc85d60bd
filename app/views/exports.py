"""A conversation as a file: Markdown to read, or JSON for programs. It has what is shown: of each
message the version that is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from flask import Blueprint, stream_with_context
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.authorize import authorize
from app.database import read
from app.events.payloads import MessagePayload, message_payload, progress_payload
from app.extensions import db
from app.models import Conversation, Message
from app.models.log import read_log
from app.models.paging import page_from
from app.views.auth import require_sign_in

blueprint = Blueprint("exports", __name__, url_prefix="/conversations/<public_id>")
blueprint.before_request(require_sign_in)


class Exported(NamedTuple):
    """A conversation, without its messages."""

    key: int
    user_id: int
    public_id: str
    title: str


@blueprint.get("/export.md")
def markdown(public_id: str) -> Response:
    """Send a conversation as Markdown."""
    return _file(public_id, "md", "text/markdown; charset=utf-8", _markdown)


@blueprint.get("/export.json")
def as_json(public_id: str) -> Response:
    """Send a conversation as JSON: its messages are like those of the protocol."""
    return _file(public_id, "json", "application/json", _json)


def _file(
    public_id: str, suffix: str, content_type: str, write: Callable[[Exported], Iterator[str]]
) -> Response:
    rate_limits.hit("page", current_user.id)
    conversation = authorize(public_id)
    exported = Exported(conversation.id, current_user.id, public_id, conversation.title)
    response = Response(stream_with_context(write(exported)), content_type=content_type)
    name = f"{exported.title.replace('/', '-')}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _markdown(exported: Exported) -> Iterator[str]:
    yield f"# {exported.title}\n"
    for message in _messages(exported):
        who = message.get("author") or message.get("model") or "Assistant"
        yield f"\n## {who}, {message['created_at']}{_version(message)}\n\n"
        yield f"{message.get('content', '')}\n"


def _version(message: MessagePayload) -> str:
    if "versions" not in message:
        return ""
    return f" (version {message['version']} of {message['versions']})"


def _json(exported: Exported) -> Iterator[str]:
    about = {"conversation": exported.public_id, "title": exported.title}
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "messages": ['
    for index, message in enumerate(_messages(exported)):
        yield (",\n" if index else "\n") + json.dumps(message, ensure_ascii=False)
    yield "\n]}\n"


def _messages(exported: Exported) -> Iterator[MessagePayload]:
    """Yield all messages, oldest first, a page in each transaction, as long as the user may."""
    position = 0
    while page := read(lambda after=position: _page(exported, after)):  # type: ignore[misc]
        yield from page
        position = page[-1]["position"]


def _page(exported: Exported, position: int) -> list[MessagePayload]:
    conversation = db.session.get(Conversation, exported.key)
    if conversation is None or not conversation.has_member(exported.user_id):
        return []
    return [_payload(each, conversation) for each in page_from(conversation, position)]


def _payload(message: Message, conversation: Conversation) -> MessagePayload:
    """Return a message with its text so far, also while it streams."""
    payload = message_payload(message, conversation)
    if message.is_streaming:
        log = read_log(message.id)
        ids = (message.public_id, conversation.public_id)
        payload.update(progress_payload(*ids, log, message.status))  # type: ignore[typeddict-item]
    return payload
