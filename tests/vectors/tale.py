"""What a reader is told, step by step, and what it must hold after each."""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.vectors.oracle import Event, Step, expected, next_join

CONVERSATION = "c"
MOMENT = "2026-03-01T09:30:00.000Z"


class Tale:
    """One vector, told step by step; what is expected is what the protocol makes of it."""

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self.steps: list[Event] = []
        self._story: list[Step] = []

    @property
    def file_name(self) -> str:
        """Name its file."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") + ".json"

    @property
    def contents(self) -> Event:
        """Return the vector."""
        return {
            "name": self.name,
            "description": self.description,
            "conversation": CONVERSATION,
            "steps": self.steps,
        }

    def tell(self, event: str, data: Event) -> Tale:
        """Let an event reach the reader."""
        return self._note(Step(event, data), {"event": event, "data": data})

    def joined(self, position: int, revision: int = 0, *, reload: bool = False) -> Tale:
        """Let a join's acknowledgement reach it."""
        ack = {"ok": True, **description(position, revision)}
        if reload:
            ack["reload"] = True
        return self._note(Step("joined", ack), {"joined": ack})

    def _note(self, told: Step, step: Event) -> Tale:
        self._story.append(told)
        expect = expected(CONVERSATION, self._story)
        self.steps.append({**step, "expect": copy.deepcopy(expect)})
        return self

    @property
    def join(self) -> Event:
        """Return what the reader's next join says."""
        return next_join(CONVERSATION, self._story)

    @property
    def must_rejoin(self) -> bool:
        """Say whether the last step makes the reader join again."""
        return bool(self.steps and self.steps[-1]["expect"]["rejoin"])


def description(position: int, revision: int = 0, title: str = "Tales") -> Event:
    """Return what a conversation is called, and where it stands."""
    where = {"conversation": CONVERSATION, "title": title, "members": ["Olive", "Max"]}
    return {**where, "position": position, "revision": revision}


def progress(id: str, since: int, seq: int, status: str = "streaming", **texts: Any) -> Event:
    """Return what leads a message from one entry to another."""
    shape = {"id": id, "conversation": CONVERSATION, "since": since, "seq": seq, "status": status}
    return shape | texts


def end(id: str, since: int, status: str = "complete", **texts: Any) -> Event:
    """Return the last entry of a message."""
    return progress(id, since, since + 1, status, **texts)


def question(position: int, content: str = "And then?", revision: int = 0) -> Event:
    """Return a question's announcement; its id is made of its position."""
    about = {"position": position, "revision": revision, "role": "user", "author": "Olive"}
    shape = progress(f"q{position}", 0, 1, "complete", content=content)
    return {**shape, **about, "created_at": MOMENT}


def answer(position: int, revision: int = 0) -> Event:
    """Return the announcement of an answer that is being written."""
    about = {"position": position, "revision": revision, "role": "assistant", "model": "demo"}
    return {**progress(f"a{position}", 0, 0), **about, "created_at": MOMENT}


def whole(position: int, content: str, seq: int = 3, revision: int = 0, **more: Any) -> Event:
    """Return the announcement of an answer that has ended."""
    about = {**answer(position, revision), "seq": seq, "status": "complete", "content": content}
    return about | more


def removed(*ids: str, revision: int) -> Event:
    """Return the news that messages are gone."""
    return {"conversation": CONVERSATION, "ids": list(ids), "revision": revision}


def begun(name: str, about: str) -> Tale:
    """Begin a tale with a reader that has joined, and holds two entries of an answer, `a2`."""
    tale = Tale(name, about)
    tale.tell("message", question(1)).tell("message", answer(2))
    tale.tell("current_state", progress("a2", 0, 2, content="Hel", thinking="Hm."))
    return tale.joined(2)
