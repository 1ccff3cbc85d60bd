"""A conversation as text: Markdown to read, or JSON for programs.

Markdown has what is shown: of each message the version that is chosen. JSON has the others, too,
and what an import needs to make the same conversation again. Of a message's files both have the
names; in an archive also the `path` of each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import current_app
from itsdangerous import Signer
from sqlalchemy import select

from app.events.payloads import message_payload, progress_payload, rfc3339, sender, settings_payload
from app.extensions import db
from app.models import Conversation, Message, User
from app.models.log import read_log
from app.models.paging import page_from

Payload = dict[str, Any]
Page = Sequence[Payload]

NOT_IN_A_LABEL = re.compile(r"[\\\[\]`*_<>&!]")
FORMAT = 1  # of the JSON; a reader of a later one may have to know


class Exported(NamedTuple):
    """A conversation without its messages, and who exports it."""

    key: int
    user_id: int
    public_id: str
    title: str
    about: Payload


class Format(NamedTuple):
    """How a conversation is written: `write` takes it, and a function that returns all messages
    that are shown, or all others."""

    suffix: str
    content_type: str
    write: Callable[[Exported, Callable[[bool], Iterable[Payload]]], Iterator[str]]


def exported(conversation: Conversation, user_id: int) -> Exported:
    """Return what an export by this user says about a conversation."""
    public_id = conversation.public_id
    about: Payload = {
        "midstream": FORMAT,
        "conversation": public_id,
        "title": conversation.title,
        "model": conversation.model,
        "asking": conversation.asking,
        "created_at": rfc3339(conversation.created_at),
        "updated_at": rfc3339(conversation.updated_at),
        "exported_by": {"name": User.name_of(user_id), "sender": sender(public_id, user_id)},
    }
    if settings := settings_payload(conversation):
        about["settings"] = settings
    return Exported(conversation.id, user_id, public_id, conversation.title, about)


def page_of(exported: Exported, position: int, shown: bool) -> Page:
    """Return the messages of a page after a position, of what is shown or of what is not; none
    where the user may not read them any more. In the caller's transaction."""
    conversation = db.session.get(Conversation, exported.key)
    if conversation is None or not conversation.has_member(exported.user_id):
        return []
    messages = page_from(conversation, position, shown=shown)
    ids = _ids_of(messages)
    return [_payload(each, conversation, ids) for each in messages]


def _payload(
    message: Message, conversation: Conversation, ids: Mapping[int | None, str]
) -> Payload:
    """Return a message with its text so far, also while it streams, and what it belongs to."""
    payload: Payload = {**message_payload(message, conversation), "key": _key(message)}
    if message.pinned_by_id is not None:
        payload["pinned"] = True
    if message.is_streaming:
        log = read_log(message.id)
        payload |= progress_payload(message.public_id, conversation.public_id, log, message.status)
    named = {
        "question": ids.get(message.question_id),
        "hidden_with": ids.get(message.hidden_with),
        "version_of": ids.get(message.version_of),
    }
    found: Payload = {name: public_id for name, public_id in named.items() if public_id}
    if found.keys() - {"question"}:
        found["version"] = message.version
    return payload | found


def _key(message: Message) -> str:
    """Return what is the same in each export: another id is given to what is shown again."""
    signer = Signer(current_app.secret_key or "", salt="exported-message")
    return signer.get_signature(str(message.id)).decode()


def _ids_of(messages: Sequence[Message]) -> Mapping[int | None, str]:
    """Return by their keys the public ids of the messages that these belong to."""
    keys = {
        key
        for each in messages
        for key in (each.hidden_with, each.version_of, each.question_id)
        if key
    }
    if not keys:
        return {}
    found = select(Message.id, Message.public_id).where(Message.id.in_(keys))
    return {row.id: row.public_id for row in db.session.execute(found)}


def _markdown(exported: Exported, messages: Callable[[bool], Iterable[Payload]]) -> Iterator[str]:
    yield f"# {exported.title}\n"
    for message in messages(True):
        who = message.get("author") or message.get("model") or "Assistant"
        yield f"\n## {who}, {message['created_at']}{_marks(message)}\n\n"
        yield from (f"{_file(file)}\n\n" for file in message.get("files", ()))
        yield f"{message.get('content', '')}\n"


def _file(file: Mapping[str, Any]) -> str:
    """Return a file of a message: in an archive as a link to it."""
    if "path" not in file:
        return f"(File: {file['name']})"
    name = NOT_IN_A_LABEL.sub(r"\\\g<0>", file["name"])
    return f"{'!' if file['kind'] == 'picture' else ''}[{name}]({quote(file['path'])})"


def _marks(message: Payload) -> str:
    """Return what stands behind the time of a message: its version, and whether it is pinned."""
    version, pinned = "", " (pinned)" if "pinned" in message else ""
    if "versions" in message:
        version = f" (version {message['version']} of {message['versions']})"
    return version + pinned


def _json(exported: Exported, messages: Callable[[bool], Iterable[Payload]]) -> Iterator[str]:
    yield json.dumps(exported.about, ensure_ascii=False)[:-1]
    for name, shown in (("messages", True), ("hidden", False)):
        yield f', "{name}": ['
        for index, message in enumerate(messages(shown)):
            yield (",\n" if index else "\n") + json.dumps(message, ensure_ascii=False)
        yield "\n]"
    yield "}\n"


MARKDOWN = Format("md", "text/markdown; charset=utf-8", _markdown)
JSON = Format("json", "application/json", _json)
FORMATS = {"markdown": MARKDOWN, "json": JSON}
