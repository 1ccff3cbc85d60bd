"""Thinking that a model writes into its answer: `<think>…</think>`, then the text.

The tag counts only at the very start, where a model's template puts it; later it is text about
tags. White space on either side of the two tags belongs to the tags and is dropped with them;
where there is no tag, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from app.providers.base import Piece, Text, Thinking

OPEN = "<think>"
CLOSE = "</think>"


class Place(Enum):
    """How far the answer has come."""

    START = auto()
    OPENED = auto()
    THINKING = auto()
    CLOSED = auto()
    ANSWER = auto()


class ThinkingTags:
    """Separates thinking from text in an answer that arrives in pieces."""

    def __init__(self) -> None:
        self._place = Place.START
        self._held = ""

    def feed(self, piece: str) -> Iterator[Piece]:
        """Yield what is certain by now; what may be part of a tag is held back."""
        self._held += piece
        if self._place is Place.START:
            self._start()
        self._skip_white_space(Place.OPENED, Place.THINKING)
        if self._place is Place.THINKING:
            yield from self._think()
        self._skip_white_space(Place.CLOSED, Place.ANSWER)
        if self._place is Place.ANSWER:
            yield from self._take(Text, len(self._held))

    def flush(self) -> Iterator[Piece]:
        """Yield what was held back: the answer is over, so it was not part of a tag."""
        kind = Text if self._place in (Place.START, Place.ANSWER) else Thinking
        yield from self._take(kind, len(self._held))

    def _start(self) -> None:
        body = self._held.lstrip()
        if body.startswith(OPEN):
            self._held = body.removeprefix(OPEN)
            self._place = Place.OPENED
        elif not OPEN.startswith(body):
            self._place = Place.ANSWER

    def _skip_white_space(self, here: Place, there: Place) -> None:
        if self._place is here:
            self._held = self._held.lstrip()
            if self._held:
                self._place = there

    def _think(self) -> Iterator[Piece]:
        end = self._held.find(CLOSE)
        if end < 0:
            yield from self._take(Thinking, _certain(self._held))
        else:
            yield from self._take(Thinking, len(self._held[:end].rstrip()))
            self._held = self._held.lstrip().removeprefix(CLOSE)
            self._place = Place.CLOSED

    def _take(self, kind: type[Piece], length: int) -> Iterator[Piece]:
        piece, self._held = self._held[:length], self._held[length:]
        if piece:
            yield kind(piece)


def _certain(text: str) -> int:
    """Return the length of `text` without a beginning of `</think>` or white space at its end."""
    for length in range(len(CLOSE) - 1, 0, -1):
        if text.endswith(CLOSE[:length]):
            text = text[:-length]
            break
    return len(text.rstrip())
