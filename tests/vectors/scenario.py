"""A scenario: what a reader receives, step by step, and what it must hold after each step."""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.vectors.oracle import Event, Step, expected, next_join

CONVERSATION = "c"
TIME = "2026-03-01T09:30:00.000Z"


class Scenario:
    """One vector, built step by step; the oracle computes what the protocol expects."""

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self.steps: list[Event] = []
        self._history: list[Step] = []

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") + ".json"

    @property
    def contents(self) -> Event:
        """The vector."""
        return {
            "name": self.name,
            "description": self.description,
            "conversation": CONVERSATION,
            "steps": self.steps,
        }

    def event(self, event: str, data: Event) -> Scenario:
        """Add an event that the reader receives."""
        return self._add(Step(event, data), {"event": event, "data": data})

    def joining(self) -> Scenario:
        """Let the reader send its join."""
        return self._add(Step("joining", {}), {"joining": True})

    def joined(
        self, position: int, revision: int = 0, *, reload: bool = False, **more: Any
    ) -> Scenario:
        """Add a join's acknowledgement."""
        ack = {"ok": True, **description(position, revision), **more}
        if reload:
            ack["reload"] = True
        return self._add(Step("joined", ack), {"joined": ack})

    def _add(self, received: Step, step: Event) -> Scenario:
        self._history.append(received)
        expect = expected(CONVERSATION, self._history)
        self.steps.append({**step, "expect": copy.deepcopy(expect)})
        return self

    @property
    def join(self) -> Event:
        """The payload of the reader's next join."""
        return next_join(CONVERSATION, self._history)

    @property
    def must_rejoin(self) -> bool:
        """Does the last step make the reader join again?"""
        return bool(self.steps and self.steps[-1]["expect"]["rejoin"])


def description(position: int, revision: int = 0, title: str = "Tales") -> Event:
    """Return a conversation's title, members, position and revision."""
    conversation = {"conversation": CONVERSATION, "title": title, "members": ["Olive", "Max"]}
    return {**conversation, "position": position, "revision": revision}


def progress(id: str, since: int, seq: int, status: str = "streaming", **texts: Any) -> Event:
    """Return the part of a message after one entry up to another."""
    payload = {"id": id, "conversation": CONVERSATION, "since": since, "seq": seq, "status": status}
    return payload | texts


def end(id: str, since: int, status: str = "complete", **texts: Any) -> Event:
    """Return the last entry of a message."""
    return progress(id, since, since + 1, status, **texts)


def question(position: int, content: str = "And then?", revision: int = 0) -> Event:
    """Return the `message` event of a question; its id contains its position."""
    about = {"position": position, "revision": revision, "role": "user", "author": "Olive"}
    payload = progress(f"q{position}", 0, 1, "complete", content=content)
    return {**payload, **about, "created_at": TIME}


def answer(position: int, revision: int = 0) -> Event:
    """Return the `message` event of an answer that begins to stream."""
    about = {"position": position, "revision": revision, "role": "assistant", "model": "demo"}
    return {**progress(f"a{position}", 0, 0), **about, "created_at": TIME}


def ended_answer(
    position: int, content: str, seq: int = 3, revision: int = 0, **more: Any
) -> Event:
    """Return the `message` event of an answer that has ended."""
    about = {**answer(position, revision), "seq": seq, "status": "complete", "content": content}
    return about | more


def removed(*ids: str, revision: int) -> Event:
    """Return the `removed` event of these messages."""
    return {"conversation": CONVERSATION, "ids": list(ids), "revision": revision}


def mid_answer(name: str, about: str) -> Scenario:
    """Begin with a reader that has joined and holds two entries of the streaming answer `a2`."""
    scenario = Scenario(name, about).joining()
    scenario.event("message", question(1)).event("message", answer(2))
    scenario.event("current_state", progress("a2", 0, 2, content="Hel", thinking="Hm."))
    return scenario.joined(2)
