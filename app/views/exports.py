"""A conversation as a file: Markdown to read, or JSON for programs.

Markdown has what is shown: of each message the version that is chosen. JSON has the others, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, stream_with_context
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.auth.authorize import authorize
from app.database import read
from app.events.payloads import message_payload, progress_payload
from app.extensions import db
from app.models import Conversation, Message
from app.models.log import read_log
from app.models.paging import page_from
from app.views.auth import require_sign_in

Payload = dict[str, Any]

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
    """Send a conversation as JSON: its messages are like those of the protocol.

    `messages` are shown. `hidden` are not: with which version they are hidden (itself, if that is
    one that can be chosen), and of which message they are a later version.
    """
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
        yield f"\n## {who}, {message['created_at']}{_marks(message)}\n\n"
        yield from (f"(File: {file['name']})\n\n" for file in message.get("files", ()))
        yield f"{message.get('content', '')}\n"


def _marks(message: Payload) -> str:
    """Return what stands behind the time of a message: its version, and whether it is pinned."""
    version, pinned = "", " (pinned)" if "pinned" in message else ""
    if "versions" in message:
        version = f" (version {message['version']} of {message['versions']})"
    return version + pinned


def _json(exported: Exported) -> Iterator[str]:
    about = {"conversation": exported.public_id, "title": exported.title}
    yield json.dumps(about, ensure_ascii=False)[:-1]
    for name, shown in (("messages", True), ("hidden", False)):
        yield f', "{name}": ['
        for index, message in enumerate(_messages(exported, shown=shown)):
            yield (",\n" if index else "\n") + json.dumps(message, ensure_ascii=False)
        yield "\n]"
    yield "}\n"


def _messages(exported: Exported, *, shown: bool = True) -> Iterator[Payload]:
    """Yield all messages, oldest first, a page in each transaction, as long as the user may."""
    position = 0
    while page := read(lambda after=position: _page(exported, after, shown)):  # type: ignore[misc]
        yield from page
        position = page[-1]["position"]


def _page(exported: Exported, position: int, shown: bool) -> list[Payload]:
    conversation = db.session.get(Conversation, exported.key)
    if conversation is None or not conversation.has_member(exported.user_id):
        return []
    messages = page_from(conversation, position, shown=shown)
    ids = {} if shown else _versions_of(messages)
    return [_payload(each, conversation) | _about_hidden(each, ids) for each in messages]


def _payload(message: Message, conversation: Conversation) -> Payload:
    """Return a message with its text so far, also while it streams, and whether it is pinned."""
    payload: Payload = {**message_payload(message, conversation)}
    if message.pinned_by_id is not None:
        payload["pinned"] = True
    if message.is_streaming:
        log = read_log(message.id)
        payload |= progress_payload(message.public_id, conversation.public_id, log, message.status)
    return payload


def _versions_of(messages: Sequence[Message]) -> Mapping[int | None, str]:
    """Return by their keys the public ids of the versions that these messages name."""
    keys = {key for each in messages for key in (each.hidden_with, each.version_of) if key}
    found = select(Message.id, Message.public_id).where(Message.id.in_(keys))
    return {row.id: row.public_id for row in db.session.execute(found)}


def _about_hidden(message: Message, ids: Mapping[int | None, str]) -> Payload:
    named = {"hidden_with": ids.get(message.hidden_with), "version_of": ids.get(message.version_of)}
    about = {key: value for key, value in named.items() if value}
    return about | {"version": message.version} if about else {}
