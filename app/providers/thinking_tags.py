"""Thinking that a model writes into its answer: `<think>…</think>`, then the text.

A tag counts only at the very start, where a model's template puts it; later it is text about
tags. White space on either side of the two tags belongs to the tags and is dropped with them;
where there is no tag, nothing is.

Some templates write the opening tag into the prompt, so that the answer begins inside the thinking.
If an operator says that a model does so, everything before the closing tag is thinking. For another
model that much has been shown as text already when the closing tag arrives; then at least the tag
is dropped: the first one, unless it is in code, or an opening tag comes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from app.providers.base import Piece, Text, Thinking

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "[think]": "[/think]",
}
"""Each with the one that closes it; in lower case, for upper case counts too."""

LONGEST_TAG = max(map(len, TAGS.values()))
LONGEST_WHITE_SPACE = 200
"""How much white space is held back because a tag may follow; more is text, or thinking."""


class Place(Enum):
    """How far the answer has come."""

    START = auto()
    OPENED = auto()
    THINKING = auto()
    CLOSED = auto()
    UNTAGGED = auto()
    ANSWER = auto()


class ThinkingTags:
    """Separates thinking from text in an answer that arrives in pieces."""

    def __init__(self, *, begins_thinking: bool = False) -> None:
        self._begins_thinking = begins_thinking
        self._place = Place.START
        self._closing = _any_of(TAGS.values())
        self._held = ""
        self._backticks = 0
        self._last = ""

    def begin_with_answer(self) -> None:
        """The server itself separates this model's thinking: its text begins with the answer."""
        self._begins_thinking = False

    def feed(self, piece: str) -> Iterator[Piece]:
        """Yield what is certain by now; what may be part of a tag is held back."""
        self._held += piece
        if self._place is Place.START:
            self._start()
        self._skip_white_space(Place.OPENED, Place.THINKING)
        if self._place is Place.THINKING:
            yield from self._think()
        self._skip_white_space(Place.CLOSED, Place.ANSWER)
        if self._place is Place.UNTAGGED:
            yield from self._look_for_closing_tag()
        if self._place is Place.ANSWER:
            yield from self._take(Text, len(self._held))

    def flush(self) -> Iterator[Piece]:
        """Yield what was held back: the answer is over, so it was not part of a tag."""
        if self._place is Place.START and self._begins_thinking:
            self._enter(Place.THINKING, self._held.lstrip())
        is_thinking = self._place in (Place.OPENED, Place.THINKING)
        yield from self._take(Thinking if is_thinking else Text, len(self._held))

    def _start(self) -> None:
        body = self._held.lstrip()
        beginning = body[:LONGEST_TAG].lower()
        if opening := next(filter(beginning.startswith, TAGS), None):
            self._closing = _any_of([TAGS[opening]])
            self._enter(Place.OPENED, body[len(opening) :])
        elif closing := next(filter(beginning.startswith, TAGS.values()), None):
            self._enter(Place.CLOSED, body[len(closing) :])
        elif len(self._held) > len(body) + LONGEST_WHITE_SPACE or not _begins_a_tag(beginning):
            self._place = Place.OPENED if self._begins_thinking else Place.UNTAGGED

    def _enter(self, place: Place, rest: str) -> None:
        self._place, self._held = place, rest

    def _skip_white_space(self, here: Place, there: Place) -> None:
        if self._place is here:
            self._held = self._held.lstrip()
            if self._held:
                self._place = there

    def _think(self) -> Iterator[Piece]:
        tag = self._closing.search(self._held)
        if tag is None:
            yield from self._take(Thinking, _certain(self._held))
        else:
            yield from self._take(Thinking, len(self._held[: tag.start()].rstrip()))
            self._enter(Place.CLOSED, self._held.lstrip()[len(tag[0]) :])

    def _look_for_closing_tag(self) -> Iterator[Piece]:
        tag = ANY_TAG.search(self._held)
        if tag is None:
            yield from self._take(Text, len(self._held) - _length_of_half_a_tag(self._held))
            return
        yield from self._take(Text, tag.start())
        is_stray = tag[0].lower() not in TAGS and self._backticks % 2 == 0
        if is_stray:
            gap = "" if self._last.isspace() else "\n\n"
            self._held = gap + self._held[len(tag[0]) :]
        self._place = Place.ANSWER

    def _take(self, kind: type[Piece], length: int) -> Iterator[Piece]:
        piece, self._held = self._held[:length], self._held[length:]
        if piece:
            self._backticks += piece.count("`")
            self._last = piece[-1]
            yield kind(piece)


def _any_of(tags: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, tags)), re.IGNORECASE | re.ASCII)


ANY_TAG = _any_of([*TAGS, *TAGS.values()])


def _begins_a_tag(beginning: str) -> bool:
    return any(tag.startswith(beginning) for tag in (*TAGS, *TAGS.values()))


def _length_of_half_a_tag(text: str) -> int:
    """Return the length of the end of `text` that may be the beginning of a tag."""
    end = text[-LONGEST_TAG:].lower()
    start = max(end.rfind("<"), end.rfind("["))
    return len(end) - start if start >= 0 and _begins_a_tag(end[start:]) else 0


def _certain(text: str) -> int:
    """Return the length of `text` without a beginning of a tag or white space at its end."""
    text = text[: len(text) - _length_of_half_a_tag(text)]
    certain = len(text.rstrip())
    return certain if len(text) - certain <= LONGEST_WHITE_SPACE else len(text)
