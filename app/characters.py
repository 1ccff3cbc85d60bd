"""What people see as characters: where a text may be cut, and what must not reach beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

# White space, controls, what Unicode calls ignorable by default, and the blank pattern of Braille.
INVISIBLE = regex.compile(r"[\p{Z}\p{Cc}\p{Cf}\p{DI}\u2800]*")
CLUSTER = regex.compile(r"\X")  # a grapheme cluster, as in Unicode's annex 29

# Unicode's annex 9: each opens a range that the closing one ends, or else the end of the paragraph.
EMBEDDINGS = "\u202a\u202b\u202d\u202e"
END_OF_EMBEDDING = "\u202c"
ISOLATES = "\u2066\u2067\u2068"
END_OF_ISOLATE = "\u2069"
BIDIRECTIONAL_CONTROLS = re.compile(f"[{EMBEDDINGS}{END_OF_EMBEDDING}{ISOLATES}{END_OF_ISOLATE}]")


def cut(text: str, max_length: int) -> str:
    """Return the beginning of a text, at most `max_length` code points, in whole characters."""
    end = 0
    for boundary in _boundaries(text):
        if boundary > max_length:
            break
        end = boundary
    return text[:end]


def is_invisible(text: str) -> bool:
    """Return whether people see nothing of a text: as a name or title it could not be clicked."""
    return INVISIBLE.fullmatch(text) is not None


def next_boundary(text: str, at: int) -> int:
    """Return the first position from `at` on that is not within a character."""
    return next((boundary for boundary in _boundaries(text) if boundary >= at), len(text))


def balanced(text: str) -> str:
    """Return a line of text without the bidirectional controls that have no counterpart in it.

    Those would change the order of what is shown before or after the line, like names in a list.
    """
    controls = {found.start(): found[0] for found in BIDIRECTIONAL_CONTROLS.finditer(text)}
    if not controls:
        return text
    unpaired = set(controls) - _paired(controls)
    return "".join(sign for at, sign in enumerate(text) if at not in unpaired)


def _boundaries(text: str) -> Iterator[int]:
    yield 0
    yield from (cluster.end() for cluster in CLUSTER.finditer(text))


def _paired(controls: dict[int, str]) -> set[int]:
    """Return the positions of controls that open a range or end it, where the text does both."""
    paired: set[int] = set()
    isolates: list[int] = []
    embeddings: list[list[int]] = [[]]  # outside of all isolates, and in each; with one these end
    for at, control in controls.items():
        if control in EMBEDDINGS:
            embeddings[-1].append(at)
        elif control in ISOLATES:
            isolates.append(at)
            embeddings.append([])
        elif control == END_OF_EMBEDDING and embeddings[-1]:
            paired |= {embeddings[-1].pop(), at}
        elif control == END_OF_ISOLATE and isolates:
            embeddings.pop()
            paired |= {isolates.pop(), at}
    return paired
