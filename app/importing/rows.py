"""Stores the messages of an imported conversation, a part in each transaction.

Between two parts the database is left to others for as long as the last one took.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, func, insert, select, update

from app.database import NO_SYNC, write
from app.errors import Conflict
from app.extensions import db
from app.importing.attaching import Taken, add_files, described, give
from app.importing.parsed import Row
from app.models import Conversation, File, ImportedMessage, Message
from app.models.columns import new_public_id, now
from app.models.message import Role, size_of
from app.models.pins import MAX_PINS
from app.models.search_text import Searchable, index_texts

PART_MESSAGES = 100
PART_CHARACTERS = 128_000
FILE_CHARACTERS = 12_800  # that a file counts for: ten of them are a part
CHANGED_MEANWHILE = "It was changed while it was imported."

T = TypeVar("T")
Render = Callable[[Row], str | None]
Take = Callable[[Row], Sequence[Taken]]
Values = dict[str, Any]


class Prepared(NamedTuple):
    """A message as it is to be stored: with its files, after which it is rendered."""

    row: Row
    taken: Sequence[Taken]
    html: str | None


class Stored(NamedTuple):
    """The keys of messages that were stored, and of their files."""

    ids: dict[str, int]
    files: dict[str, int]


@dataclass(slots=True)
class Target:
    """Where messages are stored: `ids` are the keys of those that are there, `firsts` those of the
    first versions by group, `files` those of files by what names them, and `position` is the last
    position. One that `is_new` is deleted until it is complete. `hashed` returns what is remembered
    of a message's key."""

    conversation_id: int
    user_id: int
    times: Mapping[str, datetime]
    hashed: Callable[[str], str]
    ids: dict[str, int] = field(default_factory=dict)
    firsts: Mapping[str, int] = field(default_factory=dict)
    position: int = 0
    is_new: bool = True
    public_ids: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


def store_rows(
    target: Target, rows: Sequence[Row], render: Render, take: Take, go_on: Callable[[], None]
) -> None:
    """Store rows in order; `take` takes the files of one; `go_on` is called before each part, and
    raises where that is enough.

    Raises Conflict where somebody has changed the conversation meanwhile.
    """
    for rows_of_part in _parts(rows):
        go_on()
        part = [_prepared(row, render, take) for row in rows_of_part]
        stored = _in_its_time(lambda part=part: _insert(target, part))  # type: ignore[misc]
        target.ids.update(stored.ids)
        target.files.update(stored.files)
        target.position += len(part)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    several = [each for key, each in groups.items() if len(each) > 1 or key in target.firsts]
    for start in range(0, len(several), PART_MESSAGES):
        some = several[start : start + PART_MESSAGES]
        go_on()
        _in_its_time(lambda some=some: _number(target, some))  # type: ignore[misc]


def _prepared(row: Row, render: Render, take: Take) -> Prepared:
    taken = take(row)  # what can't be taken is named in the text
    return Prepared(row, taken, render(row))


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield rows that one transaction stores: at least one."""
    part: list[Row] = []
    characters = 0
    for row in rows:
        length = len(row.content) + len(row.thinking) + FILE_CHARACTERS * len(row.files)
        if part and (len(part) >= PART_MESSAGES or characters + length > PART_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(row)
        characters += length
    if part:
        yield part


def _in_its_time(work: Callable[[], T]) -> T:
    began = time.monotonic()
    result = write(work)
    time.sleep(time.monotonic() - began)
    return result


def _insert(target: Target, part: Sequence[Prepared]) -> Stored:
    """Add messages with their files, in the caller's transaction; return their keys."""
    conversation = db.session.get_one(Conversation, target.conversation_id).lock()
    if conversation.position != target.position or bool(conversation.deleted_at) != target.is_new:
        raise Conflict(CHANGED_MEANWHILE)
    if target.is_new:
        conversation.deleted_at = now()  # later it would be swept
    rows = [each.row for each in part]
    files = add_files(target.user_id, [each.taken for each in part], target.files)
    values = [_values(target, conversation, each, files) for each in part]
    added = insert(Message).returning(Message.id, sort_by_parameter_order=True)
    keys = db.session.scalars(added, values).all()
    give(((key, each.taken) for key, each in zip(keys, part, strict=True)), files)
    ids = {row.key: key for row, key in zip(rows, keys, strict=True)}
    _hide(target, rows, ids)
    sources = [{"message_id": ids[row.key], "key": target.hashed(row.key)} for row in rows]
    db.session.execute(insert(ImportedMessage), sources)
    texts = (Searchable(conversation.id, ids[row.key], row.content) for row in rows)
    index_texts(db.session.connection(), texts)
    if not target.is_new:
        latest = max(target.times[row.key] for row in rows)
        conversation.updated_at = max(conversation.updated_at, latest)
    db.session.flush()
    return Stored(ids, {key: file.id for key, file in files.items()})


def _values(
    target: Target, conversation: Conversation, prepared: Prepared, files: Mapping[str, File]
) -> Values:
    row = prepared.row
    conversation.position += 1
    is_pinned = row.pinned and conversation.pins < MAX_PINS
    conversation.pins += is_pinned
    conversation.reacted += bool(row.reactions)
    public_id = target.public_ids.setdefault(row.key, new_public_id())
    is_mine = row.role == Role.USER and row.author is None
    return {
        "public_id": public_id,
        "conversation_id": conversation.id,
        "position": conversation.position,
        "role": row.role,
        "status": row.status,
        "author_id": target.user_id if is_mine else None,
        "imported_author": row.author,
        "model": row.model,
        "question_id": None,
        "asks": row.asks,
        "mentions": row.mentions or None,
        "quotes": target.public_ids.get(row.quotes or ""),
        "reactions": {emoji: [target.user_id] for emoji in row.reactions},
        "reacted": conversation.reacted if row.reactions else 0,
        "pinned_by_id": target.user_id if is_pinned else None,
        "seq": 1,
        "content": row.content,
        "thinking": row.thinking,
        "content_html": prepared.html,
        "files": described(prepared.taken, files),
        "size": size_of(row.content, row.thinking),
        "error": row.error,
        "note": row.note,
        "is_cut": row.is_cut,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "thought_ms": row.thought_ms,
        "created_at": target.times[row.key],
        "ended_at": row.ended_at,
    }


def _hide(target: Target, part: Sequence[Row], ids: Mapping[str, int]) -> None:
    """Name the questions of answers, and the versions with which messages are hidden."""

    def find(key: str | None) -> int | None:
        return None if key is None else ids.get(key) or target.ids[key]

    rows = [
        {
            "id": ids[row.key],
            "question_id": find(row.question),
            "hidden_with": find(row.hidden_with),
        }
        for row in part
        if row.question or row.hidden_with
    ]
    if rows:
        db.session.execute(update(Message), rows)


def _number(target: Target, groups: Sequence[Sequence[Row]]) -> None:
    """Number the versions of messages, in the caller's transaction: new ones after those that are
    there."""
    for rows in groups:
        rows = sorted(rows, key=lambda row: row.version)
        first = target.firsts.get(rows[0].group, target.ids[rows[0].key])
        group = (Message.id == first) | (Message.version_of == first)
        count = _versions_of(group) if rows[0].group in target.firsts else 0
        new = [
            {
                "id": target.ids[row.key],
                "version": number,
                "version_of": None if target.ids[row.key] == first else first,
            }
            for number, row in enumerate(rows, start=count + 1)
        ]
        db.session.execute(update(Message), new)
        versions = update(Message).where(group).values(versions=count + len(rows))
        db.session.execute(versions, execution_options=NO_SYNC)


def _versions_of(group: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.max(Message.version)).where(group)) or 0
