"""LibreChat's export: one conversation a file, as a list of messages that name their predecessors
or, "recursive", as a tree whose messages have `children`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.importing.formats.blocks import derived_key, texts_of, with_files
from app.importing.parsed import Parsed, Row
from app.importing.tree import Node, lay_out
from app.importing.values import key, line, members, moment, name, objects, text
from app.models.message import Role, Status
from app.text import PROMPT_LENGTH, TITLE_LENGTH

NAME = "LibreChat"
FAILED = "The answer failed."


def recognizes(found: Mapping[str, Any]) -> bool:
    """Return whether this is such a conversation."""
    return "conversationId" in found and ("messages" in found or "messagesTree" in found)


def parse(found: Mapping[str, Any]) -> Parsed:
    """Return the conversation."""
    notes: Counter[str] = Counter()
    options = members(found.get("options"))
    model = name(options.get("model")) or name(found.get("model"))
    return Parsed(
        key=key(found.get("conversationId")) or derived_key(found),
        title=line(found.get("title"), TITLE_LENGTH),
        layout=lambda leads: lay_out(list(_nodes(found, model, notes)), None, leads, notes),
        created_at=moment(found.get("createdAt")),
        updated_at=moment(found.get("updatedAt")),
        model=model,
        system_prompt=text(options.get("promptPrefix"))[:PROMPT_LENGTH],
        pinned=found.get("pinned") is True,
        archived=found.get("isArchived") is True,
        notes=notes,
    )


def _nodes(found: Mapping[str, Any], model: str | None, notes: Counter[str]) -> Iterator[Node]:
    """Yield the messages of either form; of a tree, what follows a message after it."""
    messages = objects(found.get("messagesTree")) or objects(found.get("messages"))
    waiting: list[tuple[Mapping[str, Any], str | None]] = [
        (each, key(each.get("parentMessageId"))) for each in reversed(messages)
    ]
    index, known = 0, None
    while waiting:
        message, parent = waiting.pop()
        own = key(message.get("messageId")) or f"#{index}"
        if "parentMessageId" not in message and "messagesTree" not in found and parent is None:
            parent = known
        yield Node(own, parent, _row(own, message, model, notes), index)
        index, known = index + 1, own
        waiting += [(each, own) for each in reversed(objects(message.get("children")))]


def _row(
    own: str, message: Mapping[str, Any], model: str | None, notes: Counter[str]
) -> Row | None:
    is_question = message.get("isCreatedByUser") is True
    said = texts_of(message.get("content") or message.get("text"), notes)
    content = said.content or text(message.get("text"))
    files = [each.get("filename") for each in objects(message.get("files"))]
    content = with_files(content, files, notes)
    has_failed = message.get("error") is True
    if not content and (is_question or not said.thinking):
        return None
    at = moment(message.get("createdAt"))
    if is_question:
        return Row(own, Role.USER, content, created_at=at)
    status = Status.INTERRUPTED if message.get("unfinished") is True else Status.COMPLETE
    return Row(
        own,
        Role.ASSISTANT,
        content,
        thinking=said.thinking,
        model=name(message.get("model")) or model or name(message.get("sender")),
        created_at=at,
        status=Status.FAILED if has_failed else status,
        error=FAILED if has_failed else None,
    )
