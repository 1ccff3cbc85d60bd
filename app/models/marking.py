"""Marks the words of a search in a text, and cuts a snippet around the first of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.characters import next_boundary
from app.models.search_text import fold

LEAD = 60  # characters of a snippet before the first hit
SNIPPET_LENGTH = 200
CUT = "…"


class Part(NamedTuple):
    """A part of a text; a hit is one of the words."""

    text: str
    is_hit: bool


def mark(text: str, words: Sequence[str]) -> list[Part]:
    """Return a text in parts: the folded `words`, wherever they occur, and what is between."""
    parts, end = [], 0
    for start, stop in _hits(text, words):
        parts += [Part(text[end:start], False), Part(text[start:stop], True)]
        end = stop
    return [part for part in [*parts, Part(text[end:], False)] if part.text]


def snippet(text: str, words: Sequence[str], is_beginning: bool) -> list[Part]:
    """Return some of a text, with the first hit in it; [] where there is none.

    `is_beginning` says that nothing precedes `text`.
    """
    hits = _hits(text, words)
    if not hits:
        return []
    start, stop = hits[0]
    first = _start_of_word(text, max(0, start - LEAD), start)
    last = next_boundary(text, max(stop, first + SNIPPET_LENGTH))
    lead = "" if first == 0 and is_beginning else CUT
    trail = CUT if last < len(text) else ""
    return mark(lead + _spaced(text[first:last]) + trail, [_spaced(word) for word in words])


def _spaced(text: str) -> str:
    """Return a text on one line, with one space where it has any white space."""
    return " ".join(text.split())


def _hits(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the words are, as positions in the text; in order, without overlaps."""
    folded, spans = _aligned(text)
    found = sorted(
        (spans[at][0], spans[at + len(word) - 1][1])
        for word in words
        for at in _occurrences(folded, word)
    )
    hits: list[tuple[int, int]] = []
    for start, end in found:
        if hits and start < hits[-1][1]:
            hits[-1] = (hits[-1][0], max(end, hits[-1][1]))
        else:
            hits.append((start, end))
    return hits


def _aligned(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """Return a text folded, and for each character of that where it comes from in the text.

    A character is folded together with the combining marks that follow it.
    """
    if text.isascii():
        return text.lower(), [(at, at + 1) for at in range(len(text))]
    starts = [at for at, sign in enumerate(text) if at == 0 or not unicodedata.combining(sign)]
    origins = list(zip(starts, [*starts[1:], len(text)], strict=True))
    folded = [_folded(text[start:end]) for start, end in origins]
    spans = [origin for origin, part in zip(origins, folded, strict=True) for _ in part]
    return "".join(folded), spans


def _occurrences(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _start_of_word(text: str, at: int, limit: int) -> int:
    """Return where the next word begins, from `at` on, but not after `limit`."""
    if at == 0:
        return 0
    space = text.find(" ", at, limit)
    return space + 1 if space >= 0 else min(limit, next_boundary(text, at))


_folded = lru_cache(4096)(fold)
