"""What models are called in mentions: `@gpt-5-mini`, or `@gpt` where that is clear."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

PROVIDER = re.compile(r"\A[a-z][a-z0-9-]*:")
VARIANT = re.compile(r"\+[a-z-]+\Z")  # as `+thinking`
FIRST_WORD = re.compile(r"[^-./:+_ ]+")


def handles_of(names: Sequence[str]) -> dict[str, str]:
    """Return the names of models by their handles, in lower case: first those by which a page calls
    them. What could mean several models is left out."""
    handles: dict[str, str] = {}
    for shortened in (_short, _without_provider, str, _first_word):
        handles |= _unambiguous(names, shortened, handles)
    return handles


def _unambiguous(
    names: Sequence[str], shortened: Callable[[str], str], taken: dict[str, str]
) -> dict[str, str]:
    called: dict[str, list[str]] = {}
    for name in names:
        called.setdefault(shortened(name).lower(), []).append(name)
    return {
        handle: meant[0]
        for handle, meant in called.items()
        if handle and len(meant) == 1 and handle not in taken
    }


def _without_provider(name: str) -> str:
    return PROVIDER.sub("", name)


def _short(name: str) -> str:
    return VARIANT.sub("", _without_provider(name))


def _first_word(name: str) -> str:
    found = FIRST_WORD.search(_short(name))
    return found[0] if found else ""
