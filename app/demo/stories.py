"""The demo's users, and the conversations written by hand in `stories/*.md`.

The first line of a file is its title. After that a line `=== NAME` begins a question that this user
asks, and `=== thinking` and `=== answer` what the model replies. `=== another` is another version
of the answer, which is not shown. `{monday -2}` is the date of the Monday two weeks before the week
of the conversation.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

STORIES = Path(__file__).parent / "stories"
EXCHANGE = re.compile(
    r"""
    ^===\ (?P<author>\w+)\n (?P<question>.*?)
    (?: ^===\ thinking\n (?P<thinking>.*?) )?
    ^===\ answer\n (?P<answer>.*?)
    (?: ^===\ another\n (?P<another>.*?) )?
    (?= ^===\  | \Z )
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
PASSWORD = "read-along"


class Person(NamedTuple):
    """A user of the demo. A bot is a program and has no password; everybody else has `PASSWORD`."""

    email: str
    name: str
    is_bot: bool = False


OLIVE = Person("olive@example.com", "Olive")
MAX = Person("max@example.com", "Max")
EVE = Person("eve@example.com", "Eve")
TALLY = Person("tally@example.com", "Tally", is_bot=True)
PEOPLE = (OLIVE, MAX, EVE, TALLY)


class Exchange(NamedTuple):
    """A question that the user named `author` asks, its answer, and perhaps another version."""

    author: str
    question: str
    thinking: str
    answer: str
    another: str = ""


class Story(NamedTuple):
    """A conversation: its title, and its questions and answers in order."""

    title: str
    exchanges: tuple[Exchange, ...]


@cache
def all_stories() -> tuple[Story, ...]:
    """Return the stories in the order of their files' names."""
    return tuple(_parse(path.read_text("utf-8")) for path in sorted(STORIES.glob("*.md")))


def _parse(text: str) -> Story:
    title, _, rest = text.partition("\n")
    matches = [match.groupdict(default="") for match in EXCHANGE.finditer(rest)]
    return Story(
        title,
        tuple(
            Exchange(**{name: part.strip() for name, part in match.items()}) for match in matches
        ),
    )
