"""Mentions in what a person typed: `@` and a known name; static/js/markdown/mentions.js too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import regex

BEGINNING = regex.compile(r"(?<![\p{L}\p{M}\p{N}_.+/@-])@")
LONGER = regex.compile(r"[-./:+]?[\p{L}\p{M}\p{N}_]")  # the name goes on: it is another one
MOST_MENTIONS = 100  # in a text

Mention = tuple[int, int, str]
"""Where it starts, where it ends, and whom it names."""


def mentions(text: str, names: Iterable[str]) -> Iterator[Mention]:
    """Yield where these names are mentioned, in upper or lower case; of several the longest."""
    known = {name.lower(): name for name in names}
    lengths = sorted({len(name) for name in known.values()}, reverse=True)
    found = 0
    for at in BEGINNING.finditer(text):
        mention = _at(text, at.end(), known, lengths)
        if mention:
            yield mention
            found += 1
        if found == MOST_MENTIONS:
            return


def mentionable(handles: Collection[str], people: Iterable[str]) -> list[str]:
    """Return all names that can be mentioned. Nobody takes a model's by being called like it."""
    return [*handles, *(name for name in people if not any(mentions(f"@{name}", handles)))]


def _at(text: str, start: int, known: dict[str, str], lengths: list[int]) -> Mention | None:
    for length in lengths:
        written = text[start : start + length]
        name = known.get(written.lower())
        if name and len(name) == len(written) and not LONGER.match(text, start + length):
            return start - 1, start + length, name
    return None
