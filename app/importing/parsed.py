"""What is known of a conversation that is imported: the same, whatever format it came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.models.message import Role, Status


class Attached(NamedTuple):
    """A file that a message names: its `path` in the zip file, or the `id` with which its name
    begins there."""

    name: str
    path: str = ""
    id: str = ""


@dataclass(slots=True)
class Row:
    """One message. Other messages are named by their `key`.

    `author` is the name of somebody else who wrote it; None for the person who imports, and for
    answers. `hidden_with` and `version` are as in the database, and `group` is the key of its first
    version. `question` is what an answer answers. `reactions` are the emoji of the one who imports;
    `files` are those that may be beside the conversations.
    """

    key: str
    role: Role
    content: str
    thinking: str = ""
    model: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None
    status: Status = Status.COMPLETE
    error: str | None = None
    note: str | None = None
    is_cut: bool = False
    hidden_with: str | None = None
    group: str = ""
    version: int = 1
    question: str | None = None
    asks: tuple[str, ...] | None = None
    mentions: tuple[str, ...] = ()
    quotes: str | None = None
    pinned: bool = False
    reactions: Sequence[str] = ()
    files: Sequence[Attached] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    thought_ms: int | None = None


Leads = Callable[[str], bool]
"""Says of a key whether its message is here already, and leads on: then it stays so."""

Layout = Callable[[Leads], Sequence[Row]]
"""Lays a conversation out as rows, once; each comes after those that it names, but for `group`."""


class Exporter(NamedTuple):
    """Who has made an export of ours: their name, and the `sender` of their messages in it."""

    name: str
    sender: str


@dataclass(slots=True)
class Parsed:
    """One conversation. `origin` is its public id, if it comes from an export of ours, which
    `exporter` has made; `notes` count what could not be kept, by what it is."""

    key: str
    title: str
    layout: Layout
    created_at: datetime | None = None
    updated_at: datetime | None = None
    model: str | None = None
    system_prompt: str = ""
    temperature: float | None = None
    effort: str | None = None
    asking: str | None = None
    pinned: bool = False
    archived: bool = False
    origin: str | None = None
    exporter: Exporter | None = None
    notes: Counter[str] = field(default_factory=Counter)
