"""Claude's export: `conversations.json`, whose conversations have `chat_messages` with blocks.

The export is a list in order. What names its predecessor, as some tools' exports do, is a tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.importing.formats.blocks import ROLES, derived_key, joined, texts_of, with_files
from app.importing.parsed import Parsed, Row
from app.importing.tree import Node, lay_out
from app.importing.values import key, line, moment, name, objects, text
from app.models.message import Role
from app.text import TITLE_LENGTH

NAME = "Claude"
NO_PREDECESSOR = "00000000-0000-4000-8000-000000000000"


def recognizes(found: Mapping[str, Any]) -> bool:
    """Return whether this is such a conversation."""
    return isinstance(found.get("chat_messages"), list)


def parse(found: Mapping[str, Any]) -> Parsed:
    """Return the conversation."""
    notes: Counter[str] = Counter()
    messages = objects(found["chat_messages"])
    model, current = name(found.get("model")), key(found.get("current_leaf_message_uuid"))
    return Parsed(
        key=key(found.get("uuid")) or derived_key(found),
        title=line(found.get("name"), TITLE_LENGTH),
        layout=lambda leads: lay_out(_nodes(messages, model, notes), current, leads, notes),
        created_at=moment(found.get("created_at")),
        updated_at=moment(found.get("updated_at")),
        model=model,
        pinned=found.get("is_starred") is True,
        notes=notes,
    )


def _nodes(
    messages: Sequence[Mapping[str, Any]], model: str | None, notes: Counter[str]
) -> list[Node]:
    nodes: list[Node] = []
    for index, message in enumerate(messages):
        own = key(message.get("uuid")) or f"#{index}"
        parent = nodes[-1].key if nodes else None
        if "parent_message_uuid" in message:
            parent = key(message["parent_message_uuid"])
        if parent == NO_PREDECESSOR:
            parent = None
        nodes.append(Node(own, parent, _row(own, message, model, notes), index))
    return nodes


def _row(
    own: str, message: Mapping[str, Any], model: str | None, notes: Counter[str]
) -> Row | None:
    role = ROLES.get(text(message.get("sender")))
    if role is None:
        return None
    said = texts_of(message.get("content") or message.get("text"), notes)
    content = joined([said.content or text(message.get("text")), *_attached(message)])
    names = [each.get("file_name") for each in objects(message.get("files"))]
    content = with_files(content, names, notes)
    if not content and (role == Role.USER or not said.thinking):
        return None
    is_answer = role == Role.ASSISTANT
    return Row(
        own,
        role,
        content,
        thinking=said.thinking if is_answer else "",
        model=(name(message.get("model")) or model) if is_answer else None,
        created_at=moment(message.get("created_at")),
    )


def _attached(message: Mapping[str, Any]) -> list[str]:
    """Return the texts of attachments, each after its name."""
    return [
        joined([f"[File: {line(each.get('file_name'), 100)}]", text(each.get("extracted_content"))])
        for each in objects(message.get("attachments"))
    ]
