"""The demo's users, and the conversations written by hand in `stories/*.md`.

The first line of a file is its title. After that a line `=== NAME` begins what this user writes,
and `=== thinking` and `=== answer` what the model replies; `=== answer MODEL` what this one does.
A message may have several answers, or none; `=== another` is another version of the last one, which
is not shown. `{monday -2}` is the date of the Monday two weeks before the week of the conversation.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

STORIES = Path(__file__).parent / "stories"
SECTION = re.compile(r"^=== (.+)\n", re.MULTILINE)
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


class Reply(NamedTuple):
    """An answer, by the model of this name; "": by the conversation's. `another` is a version of
    it that is not shown; "": there is none."""

    model: str
    thinking: str
    text: str
    another: str = ""


class Exchange(NamedTuple):
    """What the user named `author` writes, and the answers to it."""

    author: str
    question: str
    replies: tuple[Reply, ...]

    @property
    def answer(self) -> str:
        """Return the first answer; "" where there is none."""
        return self.replies[0].text if self.replies else ""

    @property
    def thinking(self) -> str:
        """Return what was thought before it."""
        return self.replies[0].thinking if self.replies else ""

    @property
    def is_plain(self) -> bool:
        """Return whether it is a question, and the conversation's model answers it."""
        return [reply.model for reply in self.replies] == [""]


class Story(NamedTuple):
    """A conversation: its title, and its questions and answers in order."""

    title: str
    exchanges: tuple[Exchange, ...]


@cache
def all_stories() -> tuple[Story, ...]:
    """Return the stories in the order of their files' names."""
    return tuple(_parse(path.read_text("utf-8")) for path in sorted(STORIES.glob("*.md")))


def _parse(text: str) -> Story:
    title, *sections = SECTION.split(text)
    exchanges: list[Exchange] = []
    thinking = ""
    for head, body in zip(sections[::2], map(str.strip, sections[1::2]), strict=True):
        kind, _, model = head.partition(" ")
        if kind == "thinking":
            thinking = body
        elif kind == "answer":
            replies = (*exchanges[-1].replies, Reply(model, thinking, body))
            exchanges[-1], thinking = exchanges[-1]._replace(replies=replies), ""
        elif kind == "another":
            *earlier, last = exchanges[-1].replies
            replies = (*earlier, last._replace(another=body))
            exchanges[-1] = exchanges[-1]._replace(replies=replies)
        else:
            exchanges.append(Exchange(head, body, ()))
    return Story(title.strip(), tuple(exchanges))
