"""Reading one answer from the events of its stream: what is the same for every API."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import orjson

from app.providers.base import (
    Cancelled,
    Event,
    Note,
    PermanentError,
    Piece,
    ProviderError,
    Text,
    Usage,
)
from app.providers.endings import broken, is_cut, note_for
from app.providers.error_shapes import error_in, remark_in
from app.providers.errors import FAILURES, explain_event
from app.providers.sse import TOO_LARGE, ServerEvent, ServerEvents, documents
from app.providers.thinking_tags import ThinkingTags

Fields = Mapping[str, object]
LARGEST_COUNT = 2**31 - 1
MOST_ITEMS = 2_000  # of a list in one event; between two events others get a turn


class AnswerReader(ABC):
    """What has been read of one answer so far."""

    def __init__(self, *, begins_thinking: bool = False) -> None:
        self.finish: str | None = None
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self.asked_for_tool = False
        self.declined = False
        self.has_text = False
        self.is_over = False
        self.tags = ThinkingTags(begins_thinking=begins_thinking)
        self._events = ServerEvents()
        self._error: Exception | None = None
        self._remark: object = None  # an error, unless the answer goes on

    @abstractmethod
    def read(self, fields: Fields) -> Iterator[Piece]:
        """Yield what an event, decoded JSON, adds; keep what it says about the end."""

    def plain_text(self, fields: Fields) -> str:
        """Return the text of an event that says nothing else, as nearly all do; "" for any other.

        `read` would yield the same text, in several times as long.
        """
        return ""

    def without_tags(self, piece: Piece) -> Iterator[Piece]:
        """Yield a piece, as it is to be shown."""
        yield piece

    def feed(self, data: bytes) -> list[Piece]:
        """Return what bytes of the body that were received together add, neighbours of one kind as
        one piece; no bytes are its end. `check` says what is wrong then."""
        pieces: list[Piece] = []
        try:
            for event in self._events.feed(data):
                self._read(event, pieces)  # which has those before an error, too
                if self.is_over:
                    break
            self._events.check()
        except (ProviderError, *FAILURES) as error:
            self._error = error
        return self._noted(each for piece in joined(pieces) for each in self.without_tags(piece))

    def check(self) -> None:
        """Raise what is wrong with the body: a ProviderError, or one of FAILURES."""
        if self._error:
            raise self._error

    def rest(self, error: Exception | None) -> Iterator[Event]:
        """Yield the last pieces, the usage and the note of an answer that ended, perhaps with an
        error. It is raised if the answer did not reach its end.

        What breaks after the finish reason (a missing `[DONE]`, a cut) takes nothing away.
        """
        yield from self._noted(self.tags.flush())
        unfinished = broken(self.finish)
        if unfinished and self._remark:
            unfinished = explain_event(self._remark)
        if error and (unfinished or isinstance(error, Cancelled)):
            raise error
        if unfinished:
            raise unfinished
        yield from self._end()

    def _read(self, event: ServerEvent, pieces: list[Piece]) -> None:
        """Add what an event adds to the pieces."""
        if event.data[:1] != "{" and event.is_done:  # mostly it is plain at once
            self.finish = self.finish or (None if self._remark else "stop")
            self.is_over = True
            return
        for fields in decoded(event):
            text = "" if event.type == "error" else self.plain_text(fields)
            if not text and (error := error_in(fields, event.type)):
                raise explain_event(error)
            self._remark = None if text else remark_in(fields)
            pieces.extend((Text(text),) if text else self.read(fields))

    def _noted(self, pieces: Iterable[Piece]) -> list[Piece]:
        noted = list(pieces)
        self.has_text = self.has_text or any(map(_is_text, noted))
        return noted

    def _end(self) -> Iterator[Event]:
        if self.input_tokens is not None or self.output_tokens is not None:
            yield Usage(self.input_tokens, self.output_tokens)
        note = note_for(
            self.finish or "",
            has_text=self.has_text,
            asked_for_tool=self.asked_for_tool,
            declined=self.declined,
        )
        if note:
            yield Note(note, is_cut(self.finish or ""))


def _is_text(piece: Piece) -> bool:
    return isinstance(piece, Text) and not piece.text.isspace()


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield `pieces`, with neighbours of one kind as one."""
    for kind, group in groupby(pieces, type):
        yield kind("".join(piece.text for piece in group))


def decoded(event: ServerEvent) -> Sequence[Fields]:
    """Return an event's JSON objects, or those of its lists; none for what is none: a keep-alive.

    Raises PermanentError for a list that is too long, ValueError for JSON that is broken, and
    RecursionError.
    """
    data = event.data.strip()
    if data[:1] not in ("{", "["):
        return [{"error": data}] if event.type == "error" else []
    try:
        found = orjson.loads(data)
    except ValueError:  # several documents, or what is none by the letter
        return [fields for value in documents(data) for fields in _objects(value)]
    return [found] if type(found) is dict else _objects(found)


def _objects(value: object) -> list[Fields]:
    return list(map(mapping, items(value))) if isinstance(value, list) else [mapping(value)]


def mapping(value: object) -> Fields:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """Return `value` if it is a JSON array, else an empty one.

    Raises PermanentError for one that would take too long.
    """
    found = value if isinstance(value, list) else []
    if len(found) > MOST_ITEMS:
        raise PermanentError(TOO_LARGE)
    return found


def count_of(value: object) -> int | None:
    """Return a number of tokens that can be one and can be stored; None for anything else."""
    return value if type(value) is int and 0 <= value <= LARGEST_COUNT else None
