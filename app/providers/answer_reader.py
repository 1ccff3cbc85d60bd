"""Reading one answer from the events of its stream: what is the same for every API."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

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
from app.providers.endings import broken, note_for
from app.providers.error_shapes import error_in
from app.providers.errors import FAILURES, explain_event
from app.providers.sse import TOO_LARGE, ServerEvent
from app.providers.thinking_tags import ThinkingTags

Fields = Mapping[str, object]
LENIENT = json.JSONDecoder(strict=False)  # some servers don't escape tabs
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

    @abstractmethod
    def read(self, fields: Fields) -> Iterator[Piece]:
        """Yield what an event, decoded JSON, adds; keep what it says about the end."""

    def without_tags(self, piece: Piece) -> Iterator[Piece]:
        """Yield a piece, as it is to be shown."""
        yield piece

    def events(self, received: Iterable[Sequence[ServerEvent]]) -> Iterator[Event]:
        """Yield an answer's events, its usage and its note at the end. Of what is received together
        neighbours of one kind are one piece.

        What breaks after the finish reason (a missing `[DONE]`, a cut) takes nothing away.

        Raises ProviderError, or one of FAILURES, if the answer does not reach its end.
        """
        try:
            for together in received:
                pieces, error = self._read_all(together)
                for piece in joined(pieces):
                    yield from self._noted(self.without_tags(piece))
                if error:
                    raise error
                if self.is_over:
                    break
        except (ProviderError, *FAILURES) as error:
            yield from self._noted(self.tags.flush())
            if broken(self.finish) or isinstance(error, Cancelled):
                raise
        yield from self._noted(self.tags.flush())
        yield from self._end()

    def _read_all(self, events: Sequence[ServerEvent]) -> tuple[list[Piece], Exception | None]:
        """Return the pieces in these events, up to an error, and that error."""
        pieces: list[Piece] = []
        try:
            for event in events:
                for piece in self._read(event):
                    pieces.append(piece)  # also those before an error
                if self.is_over:
                    break
        except (ProviderError, *FAILURES) as error:
            return pieces, error
        return pieces, None

    def _read(self, event: ServerEvent) -> Iterator[Piece]:
        if event.is_done:
            self.finish = self.finish or "stop"
            self.is_over = True
            return
        for fields in decoded(event):
            if error := error_in(fields, event.type):
                raise explain_event(error)
            yield from self.read(fields)

    def _noted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self.has_text |= isinstance(piece, Text) and not piece.text.isspace()
            yield piece

    def _end(self) -> Iterator[Event]:
        if error := broken(self.finish):
            raise error
        if self.input_tokens is not None or self.output_tokens is not None:
            yield Usage(self.input_tokens, self.output_tokens)
        note = note_for(
            self.finish or "",
            has_text=self.has_text,
            asked_for_tool=self.asked_for_tool,
            declined=self.declined,
        )
        if note:
            yield Note(note)


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield `pieces`, with neighbours of one kind as one."""
    for kind, group in groupby(pieces, type):
        yield kind("".join(piece.text for piece in group))


def decoded(event: ServerEvent) -> Sequence[Fields]:
    """Return an event's JSON object, or those of its list; none for what is none: a keep-alive.

    Raises PermanentError for a list that is too long, ValueError for JSON that is broken, and
    RecursionError.
    """
    data = event.data.strip()
    if event.type == "error" and not data.startswith(("{", "[")):
        return [{"error": data}]
    if not data.startswith(("{", "[")):
        return []
    try:
        value = LENIENT.decode(data)
    except ValueError:  # a number of more than 4,300 digits is JSON
        value = json.loads(data, strict=False, parse_int=_integer)
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


def _integer(digits: str) -> object:
    return int(digits) if len(digits) < 30 else None
