"""What several formats have in common: texts in blocks, files that are named, keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from app.importing.values import line, members, name, objects, text
from app.models.message import Role

ROLES = {
    **{"user": Role.USER, "human": Role.USER},
    **{"assistant": Role.ASSISTANT, "model": Role.ASSISTANT, "ai": Role.ASSISTANT},
}
TOOLS = "calls of tools and their results, named before the answer"
FILES = "files, which are named in the text"
FILE_NAME_LENGTH = 100


class Texts(NamedTuple):
    """What a message says, and what was thought before."""

    content: str
    thinking: str


def texts_of(content: Any, notes: Counter[str]) -> Texts:
    """Return the texts of a message's content: one text, or blocks of several types."""
    if not isinstance(content, list):
        return Texts(text(content), "")
    said: list[str] = []
    thought: list[str] = []
    for block in content:
        _take(block, said, thought, notes)
    return Texts(joined(said), joined(thought))


def joined(parts: Iterable[str]) -> str:
    """Return texts as paragraphs, without empty ones."""
    return "\n\n".join(part for part in parts if part)


def with_files(content: str, files: Iterable[Any], notes: Counter[str]) -> str:
    """Return a text with a line for each file that belongs to it."""
    names = [file_name(each) for each in files]
    notes[FILES] += len(names)
    return joined([content, *map(mark_of, names)])


def mark_of(name: str) -> str:
    """Return what stands in a text for a file."""
    return f"[File: {name}]"


def file_name(value: Any) -> str:
    """Return how a file is called."""
    return line(value, FILE_NAME_LENGTH) or "without a name"


def derived_key(found: Mapping[str, Any]) -> str:
    """Return a key for a conversation without an id: of its title and when it began."""
    named = (found.get(each) for each in ("title", "name", "create_time", "created_at", "exportAt"))
    return sha256("\0".join(map(text, named)).encode()).hexdigest()[:32]


def _take(block: Any, said: list[str], thought: list[str], notes: Counter[str]) -> None:
    if isinstance(block, str):
        return said.append(text(block))
    found = members(block)
    kind = found.get("type")
    if kind in ("thinking", "think", "reasoning"):
        return thought.append(_text_in(found, "thinking", "think", "text", "reasoning"))
    if kind in ("tool_use", "tool_call", "tool_result", "function_call"):
        notes[TOOLS] += 1
        tool = name(found.get("name")) or name(members(found.get("tool_call")).get("name"))
        return thought.append(f"(Tool: {tool})" if tool and kind != "tool_result" else "")
    said.append(_text_in(found, "text", "content", "error"))


def _text_in(found: Mapping[str, Any], *keys: str) -> str:
    """Return the first text that an object has under these keys, also as its `value`."""
    for each in keys:
        value = found.get(each)
        if inner := text(members(value).get("value") if isinstance(value, dict) else value):
            return inner
    return ""


def parts_of(found: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list, or the values of an object of objects."""
    return objects(list(found.values()) if isinstance(found, dict) else found)
