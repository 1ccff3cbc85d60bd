"""All the readers against a server that tells who comes, types and reads in between."""

from __future__ import annotations

import threading

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Run, Script
from tests.vectors.scenario import CONVERSATION, answer, end, progress

pytestmark = pytest.mark.system

MAX = {"sender": "s-max", "following": True, "typing": True}


class People(Script):
    """Tells about people before the state, between chunks, and before the end."""

    def join(self, number: int) -> Event:
        self.tell()
        self.emit("message", answer(2))
        self.emit("current_state", progress("a2", 0, 2, content="Hel"))
        self.tell()
        self.emit("chunk", progress("a2", 2, 3, content="lo"))
        self.tell()
        last = end("a2", 3, content=".")
        threading.Timer(0.5, lambda: self.emit("streaming_end", last)).start()
        return {
            **JOINED,
            "people": [{"name": "Max", "sender": "s-max", "role": "owner", "read": 7}],
        }

    def tell(self) -> None:
        self.emit("present", {"conversation": CONVERSATION, "people": [MAX]})
        self.emit("present", {"conversation": CONVERSATION, "people": []})
        self.emit(
            "seen", {"conversation": CONVERSATION, "people": [{"sender": "s-max", "read": 9}]}
        )
        thumbs = {"reacted": 1, "reactions": [{"emoji": "👍", "people": ["s-max"]}]}
        self.emit("reactions", {"conversation": CONVERSATION, "id": "a2", **thumbs})


def test_events_about_people_change_nothing(run: Run) -> None:
    ended, scripts = run(People)
    assert ended == dict.fromkeys(EVERY, (0, "Hello.\n", ""))
    assert [len(script.requests["join"]) for script in scripts] == [1] * len(EVERY)
