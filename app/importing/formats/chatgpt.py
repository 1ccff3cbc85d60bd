"""ChatGPT's export: `conversations.json`, where `mapping` has the nodes of a tree by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.importing.formats.blocks import TOOLS, derived_key, file_name, joined
from app.importing.parsed import Attached, Parsed, Row
from app.importing.tree import Node, lay_out
from app.importing.values import key, line, members, moment, name, objects, text
from app.models.message import Role, Status
from app.text import TITLE_LENGTH

NAME = "ChatGPT"
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
STATUSES = {
    **{"in_progress": Status.INTERRUPTED, "finished_partial_completion": Status.INTERRUPTED},
    **{"max_tokens": Status.COMPLETE, "interrupted": Status.STOPPED},
}
CONTEXT = ("user_editable_context", "model_editable_context")
HIDDEN = "messages of the system, which ChatGPT does not show"
KNOWN_AS_THINKING = ("thoughts", "reasoning_recap")


def recognizes(found: Mapping[str, Any]) -> bool:
    """Return whether this is such a conversation."""
    return isinstance(found.get("mapping"), dict)


def parse(found: Mapping[str, Any]) -> Parsed:
    """Return the conversation."""
    notes: Counter[str] = Counter()
    model, current = name(found.get("default_model_slug")), key(found.get("current_node"))
    return Parsed(
        key=key(found.get("conversation_id")) or key(found.get("id")) or derived_key(found),
        title=line(found.get("title"), TITLE_LENGTH),
        layout=lambda leads: lay_out(_nodes(found["mapping"], model, notes), current, leads, notes),
        created_at=moment(found.get("create_time")),
        updated_at=moment(found.get("update_time")),
        model=model,
        pinned=found.get("is_starred") is True,
        archived=found.get("is_archived") is True,
        notes=notes,
    )


def _nodes(mapping: Mapping[str, Any], model: str | None, notes: Counter[str]) -> list[Node]:
    order = _orders(mapping)
    nodes = []
    for node_id, value in mapping.items():
        node = members(value)
        own = key(node_id) or ""
        row = _row(own, members(node.get("message")), model, notes)
        nodes.append(Node(own, key(node.get("parent")), row, order.get(own, 0)))
    return nodes


def _orders(mapping: Mapping[str, Any]) -> dict[str, int]:
    """Return of each node the place that its parent gives it."""
    orders: dict[str, int] = {}
    for value in mapping.values():
        children = members(value).get("children")
        for index, child in enumerate(children if isinstance(children, list) else ()):
            orders[key(child) or ""] = index
    return orders


def _row(
    own: str, message: Mapping[str, Any], model: str | None, notes: Counter[str]
) -> Row | None:
    """Return a message; None for what ChatGPT does not show."""
    content, about = members(message.get("content")), members(message.get("metadata"))
    role = ROLES.get(text(members(message.get("author")).get("role")))
    if not content:
        return None
    if role is None or _is_hidden(content, about):
        notes[TOOLS if role is None and _is_tool(message) else HIDDEN] += 1
        return None
    said, thought = _texts(message, content, notes)
    files = _files(content, about) if role == Role.USER else []
    if not said and not files and (role == Role.USER or not thought):
        return None
    how = text(members(about.get("finish_details")).get("type"))
    is_answer = role == Role.ASSISTANT
    return Row(
        own,
        role,
        said,
        thinking=thought if is_answer else "",
        model=(name(about.get("model_slug")) or model) if is_answer else None,
        created_at=moment(message.get("create_time")),
        status=STATUSES.get(how) or STATUSES.get(text(message.get("status"))) or Status.COMPLETE,
        is_cut=is_answer and how == "max_tokens",
        files=files,
    )


def _is_hidden(content: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    is_context = content.get("content_type") in CONTEXT
    return is_context or about.get("is_visually_hidden_from_conversation") is True


def _is_tool(message: Mapping[str, Any]) -> bool:
    return members(message.get("author")).get("role") == "tool"


def _texts(
    message: Mapping[str, Any], content: Mapping[str, Any], notes: Counter[str]
) -> tuple[str, str]:
    """Return what a message says, and what it thinks: what is meant for a tool is a thought."""
    kind = content.get("content_type")
    if kind in KNOWN_AS_THINKING:
        return "", _thoughts(content)
    said = _code(content) if kind == "code" else _parts(content)
    if message.get("recipient") not in (None, "all"):
        notes[TOOLS] += 1
        return "", said
    return said, ""


def _thoughts(content: Mapping[str, Any]) -> str:
    thoughts = objects(content.get("thoughts"))
    parts = (joined([text(each.get("summary")), text(each.get("content"))]) for each in thoughts)
    return joined(parts)  # of a recap, which says how long it took, nothing


def _code(content: Mapping[str, Any]) -> str:
    language = line(content.get("language"), 30)
    code = text(content.get("text"))
    return f"```{'' if language == 'unknown' else language}\n{code}\n```" if code else ""


def _parts(content: Mapping[str, Any]) -> str:
    """Return the texts among the parts of a message: of a recording, what was said in it."""
    parts = content.get("parts")
    if not isinstance(parts, list):
        return text(content.get("text")) or text(content.get("result"))
    return joined(
        text(each if isinstance(each, str) else members(each).get("text")) for each in parts
    )


def _files(content: Mapping[str, Any], about: Mapping[str, Any]) -> list[Attached]:
    """Return the files of a question: its attachments, and pictures that are not among them."""
    files: dict[str, Attached] = {}
    for each in objects(about.get("attachments")):
        own = key(each.get("id"))
        files[own or f"#{len(files)}"] = Attached(file_name(each.get("name")), id=own or "")
    for each in objects(content.get("parts")):
        if each.get("content_type") == "image_asset_pointer":
            own = text(each.get("asset_pointer")).rpartition("/")[2]
            files.setdefault(own or f"#{len(files)}", Attached("picture", id=own))
    return list(files.values())
