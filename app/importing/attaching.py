"""The files of imported messages: those that are beside the conversations become files here, and
the others are named in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import insert

from app.extensions import db
from app.importing.beside import Beside
from app.importing.formats.blocks import FILES, joined, mark_of
from app.importing.parsed import Attached, Row
from app.models import File, MessageFile
from app.schemas import MAX_FILES

Store = Callable[[str, bytes], Mapping[str, Any] | None]
"""Looks at a file as at an upload, and stores its content; returns the columns of its row, None
where it can't be used."""


class Taken(NamedTuple):
    """A file that a message has; `fields` are its columns, empty where it was taken before."""

    key: str
    fields: Mapping[str, Any]


def name_missing(rows: Iterable[Row], beside: Beside, notes: Counter[str]) -> int:
    """Name files that are not beside the conversation in the texts of their messages; return how
    many files are there."""
    count = 0
    for row in rows:
        there = [each for each in row.files[:MAX_FILES] if beside.has(each)]
        _name(row, [each for each in row.files if each not in there], notes)
        row.files = there
        count += len(there)
    return count


class Taking:
    """Takes the files of one conversation, each once; `go_on` is called before each."""

    def __init__(
        self, beside: Beside, store: Store, most_bytes: int, go_on: Callable[[], None]
    ) -> None:
        self._beside = beside
        self._store = store
        self._most_bytes = most_bytes
        self._go_on = go_on
        self._known: set[str] = set()

    def take(self, row: Row, notes: Counter[str]) -> Sequence[Taken]:
        """Return the files of a message; those that can't be used are named in its text."""
        taken, unusable = [], []
        for file in row.files:
            found = self._take(file)
            if found:
                taken.append(found)
            else:
                unusable.append(file)
        _name(row, unusable, notes)
        return taken

    def _take(self, file: Attached) -> Taken | None:
        key = file.path or file.id
        if key in self._known:
            return Taken(key, {})
        self._go_on()
        data = self._beside.read(file, self._most_bytes)
        fields = None if data is None else self._store(file.name, data)
        if fields is None:
            return None
        self._known.add(key)
        return Taken(key, fields)


def add_files(
    user_id: int, taken: Iterable[Sequence[Taken]], known: Mapping[str, int]
) -> dict[str, File]:
    """Add the files that some messages have, in the caller's transaction; return them by key.
    `known` are the keys of the rows of earlier ones."""
    files: dict[str, File] = {}
    for each in chain.from_iterable(taken):
        if each.key in known:
            files[each.key] = db.session.get_one(File, known[each.key])
        elif each.key not in files:
            files[each.key] = File.add(user_id, is_sent=True, **each.fields)
    return files


def give(messages: Iterable[tuple[int, Sequence[Taken]]], files: Mapping[str, File]) -> None:
    """Give messages, by their keys, their files, in the caller's transaction."""
    rows = [
        {"message_id": message, "file_id": files[each.key].id, "place": place}
        for message, taken in messages
        for place, each in enumerate(_once(taken))
    ]
    if rows:
        db.session.execute(insert(MessageFile), rows)


def described(taken: Sequence[Taken], files: Mapping[str, File]) -> Sequence[Mapping[str, Any]]:
    """Return what readers are told of a message's files."""
    return [files[each.key].described for each in _once(taken)]


def _once(taken: Sequence[Taken]) -> Iterable[Taken]:
    return {each.key: each for each in taken}.values()


def _name(row: Row, files: Sequence[Attached], notes: Counter[str]) -> None:
    if files:
        row.content = joined([row.content, *(mark_of(each.name) for each in files)])
        notes[FILES] += len(files)
