"""Thinking that a model writes into its answer: `<think>…</think>`, then the text.

A tag counts only at the very start, where a model's template puts it; later it is text about
tags. White space on either side of the two tags belongs to the tags and is dropped with them;
where there is no tag, nothing is.

Some templates write the opening tag into the prompt, so that the answer begins inside the thinking.
If an operator says that a model does so, everything before the closing tag is thinking. For another
model that much has been shown as text already when the closing tag arrives; then at least the tag
is dropped, and so are those that close the thinking once more: all up to an opening tag, or to one
in code, after which the text is about tags.
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
    TEXT = auto()  # in which closing tags are dropped
    ABOUT_TAGS = auto()


class ThinkingTags:
    """Separates thinking from text in an answer that arrives in pieces."""

    def __init__(self, *, begins_thinking: bool = False) -> None:
        self._begins_thinking = begins_thinking
        self._place = Place.START
        self._closing = _any_of(TAGS.values())
        self._held = ""
        self._is_after_tag = False
        self._backticks = 0  # in the text
        self._last = ""  # character of the text

    def begin_with_answer(self) -> None:
        """The server itself separates this model's thinking: its text begins with the answer."""
        self._begins_thinking = False

    def feed(self, piece: str) -> Iterator[Piece]:
        """Yield what is certain by now; what may be part of a tag is held back."""
        self._held += piece
        if self._place is Place.START:
            self._start()
        if self._place is Place.OPENED:
            self._held = self._held.lstrip()
            if self._held:
                self._place = Place.THINKING
        if self._place is Place.THINKING:
            yield from self._think()
        if self._place is Place.TEXT:
            yield from self._drop_closing_tags()
        if self._place is Place.ABOUT_TAGS:
            yield from self._text(self._take(len(self._held)))

    def flush(self) -> Iterator[Piece]:
        """Yield what was held back: the answer is over, so it was not part of a tag."""
        if self._place is Place.START and self._begins_thinking:
            self._enter(Place.THINKING, self._held.lstrip())
        is_thinking = self._place in (Place.OPENED, Place.THINKING)
        rest = self._take(len(self._held))
        yield from _thinking(rest) if is_thinking else self._text(rest)

    def _start(self) -> None:
        body = self._held.lstrip()
        beginning = body[:LONGEST_TAG].lower()
        if opening := next(filter(beginning.startswith, TAGS), None):
            self._closing = _any_of([TAGS[opening]])
            self._enter(Place.OPENED, body[len(opening) :])
        elif next(filter(beginning.startswith, TAGS.values()), None):
            self._enter(Place.TEXT, body)
        elif len(self._held) > len(body) + LONGEST_WHITE_SPACE or not _begins_a_tag(beginning):
            self._place = Place.OPENED if self._begins_thinking else Place.TEXT

    def _enter(self, place: Place, rest: str) -> None:
        self._place, self._held = place, rest

    def _think(self) -> Iterator[Piece]:
        tag = self._closing.search(self._held)
        if tag is None:
            yield from _thinking(self._take(_certain(self._held)))
        else:
            yield from _thinking(self._held[: tag.start()].rstrip())
            self._enter(Place.TEXT, self._held[tag.end() :])
            self._is_after_tag = True

    def _drop_closing_tags(self) -> Iterator[Piece]:
        held, done = self._held, 0
        for tag in ANY_TAG.finditer(held):
            yield from self._text(held[done : tag.start()])
            done = tag.start()
            if tag[0].lower() in TAGS or self._backticks % 2:
                return self._enter(Place.ABOUT_TAGS, held[done:])
            done = tag.end()
            self._is_after_tag = True
        self._held = held[done:]
        yield from self._text(self._take(len(self._held) - _length_of_half_a_tag(self._held)))

    def _text(self, piece: str) -> Iterator[Piece]:
        """Yield a piece of the text; after a tag without white space around it, or with a gap."""
        if self._is_after_tag and not self._last:
            piece = piece.lstrip()
        elif self._is_after_tag and piece and not self._last.isspace():
            piece = f"\n\n{piece}"
        if piece:
            self._is_after_tag = False
            self._backticks += piece.count("`")
            self._last = piece[-1]
            yield Text(piece)

    def _take(self, length: int) -> str:
        piece, self._held = self._held[:length], self._held[length:]
        return piece


def _thinking(piece: str) -> Iterator[Piece]:
    if piece:
        yield Thinking(piece)


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
