"""Open WebUI's export: chats whose `history.messages` are the nodes of a tree, by their ids.

Older ones have only `messages`, a list in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from app.importing.formats.blocks import ROLES, TOOLS, derived_key, parts_of, texts_of, with_files
from app.importing.parsed import Parsed, Row
from app.importing.tree import Node, lay_out
from app.importing.values import key, line, members, moment, name, objects, text
from app.models.message import Role, Status
from app.text import PROMPT_LENGTH, TITLE_LENGTH

NAME = "Open WebUI"
OPENING = re.compile(r"<details\b([^>]{0,2000})>")
CLOSING = "</details>"
SUMMARY = re.compile(r"\s*<summary>[^<]{0,500}</summary>\s*")
QUOTED = re.compile(r"^> ?", re.MULTILINE)


def recognizes(found: Mapping[str, Any]) -> bool:
    """Return whether this is such a chat, with or without what is stored about it."""
    chat = members(found.get("chat")) or found
    return "history" in chat or ("chat" in found and "messages" in chat)


def parse(found: Mapping[str, Any]) -> Parsed:
    """Return the chat."""
    notes: Counter[str] = Counter()
    chat = members(found.get("chat")) or found
    models = chat.get("models")
    model = name(models[0]) if isinstance(models, list) and models else None
    messages = _messages(chat)
    current = key(members(chat.get("history")).get("currentId"))
    return Parsed(
        key=key(found.get("id")) or key(chat.get("id")) or derived_key(found),
        title=line(found.get("title") or chat.get("title"), TITLE_LENGTH),
        layout=lambda leads: lay_out(_nodes(messages, model, notes), current, leads, notes),
        created_at=moment(found.get("created_at")) or moment(chat.get("timestamp")),
        updated_at=moment(found.get("updated_at")),
        model=model,
        system_prompt=text(members(chat.get("params")).get("system"))[:PROMPT_LENGTH],
        pinned=found.get("pinned") is True,
        archived=found.get("archived") is True,
        notes=notes,
    )


def _messages(chat: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the messages of the tree, each with its id; or those of a list, each after another."""
    tree = members(chat.get("history")).get("messages")
    if isinstance(tree, dict) and tree:
        return [{"id": each, **members(message)} for each, message in tree.items()]
    listed = parts_of(tree) or parts_of(chat.get("messages"))
    ids = [key(each.get("id")) or f"#{index}" for index, each in enumerate(listed)]
    return [
        {"parentId": parent, **each, "id": own}
        for each, own, parent in zip(listed, ids, [None, *ids], strict=False)
    ]


def _nodes(
    messages: Sequence[Mapping[str, Any]], model: str | None, notes: Counter[str]
) -> list[Node]:
    orders = {
        key(child): index for message in messages for index, child in enumerate(_children(message))
    }
    nodes = []
    for message in messages:
        own = key(message.get("id")) or ""
        parent, row = key(message.get("parentId")), _row(own, message, model, notes)
        nodes.append(Node(own, parent, row, orders.get(own, 0)))
    return nodes


def _children(message: Mapping[str, Any]) -> list[Any]:
    children = message.get("childrenIds")
    return children if isinstance(children, list) else []


def _row(
    own: str, message: Mapping[str, Any], model: str | None, notes: Counter[str]
) -> Row | None:
    role = ROLES.get(text(message.get("role")))
    if role is None:
        return None
    said = texts_of(message.get("content"), notes)
    files = [each.get("name") for each in objects(message.get("files"))]
    if role == Role.USER:
        content = with_files(said.content, files, notes)
        return Row(own, role, content, created_at=_time(message)) if content else None
    content, thinking = without_details(said.content, notes)
    error = _error(message)
    if not content and not thinking and not error:
        return None
    return Row(
        own,
        role,
        with_files(content, files, notes),
        thinking=thinking,
        model=name(message.get("model")) or model,
        created_at=_time(message),
        status=_status(message, error),
        error=error,
    )


def without_details(content: str, notes: Counter[str]) -> tuple[str, str]:
    """Return an answer without the parts that are folded on the page: what the model has thought,
    which is returned second, and calls of tools."""
    said: list[str] = []
    thought: list[str] = []
    at = 0
    for opening in OPENING.finditer(content):
        end = content.find(CLOSING, opening.end())
        about = opening[1]
        if opening.start() < at or end < 0 or "type=" not in about:
            continue
        said.append(content[at : opening.start()])
        at = end + len(CLOSING)
        if 'type="reasoning"' in about:
            inner = SUMMARY.sub("", content[opening.end() : end], count=1)
            thought.append(QUOTED.sub("", unescape(inner)).strip())
        else:
            notes[TOOLS] += 1
    said.append(content[at:])
    return "".join(said).strip(), "\n\n".join(filter(None, thought))


def _time(message: Mapping[str, Any]) -> Any:
    return moment(message.get("timestamp"))


def _error(message: Mapping[str, Any]) -> str | None:
    error = message.get("error")
    found = line(members(error).get("content") if isinstance(error, dict) else error, 400)
    return found or ("It failed." if error else None)


def _status(message: Mapping[str, Any], error: str | None) -> Status:
    if error:
        return Status.FAILED
    return Status.INTERRUPTED if message.get("done") is False else Status.COMPLETE
