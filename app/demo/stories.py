"""The conversations that were written by hand, in `stories/*.md`.

The first line of a file is its title. After that a line `=== NAME` begins what somebody asks,
`=== thinking` and `=== answer` what a model made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STORIES = Path(__file__).parent / "stories"
EXCHANGE = re.compile(
    r"""
    ^===\ (?P<author>\w+)\n (?P<question>.*?)
    (?: ^===\ thinking\n (?P<thinking>.*?) )?
    ^===\ answer\n (?P<answer>.*?)
    (?= ^===\  | \Z )
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question by one of the people, and its answer."""

    author: str
    question: str
    thinking: str
    answer: str


@dataclass(frozen=True, slots=True)
class Story:
    """One conversation as it was written."""

    title: str
    exchanges: tuple[Exchange, ...]


@cache
def all_stories() -> tuple[Story, ...]:
    """Return what is in `stories/`, in the order of the files' names."""
    return tuple(_parsed(path.read_text("utf-8")) for path in sorted(STORIES.glob("*.md")))


def _parsed(text: str) -> Story:
    title, _, rest = text.partition("\n")
    found = [match.groupdict(default="") for match in EXCHANGE.finditer(rest)]
    return Story(
        title,
        tuple(Exchange(**{name: part.strip() for name, part in each.items()}) for each in found),
    )
