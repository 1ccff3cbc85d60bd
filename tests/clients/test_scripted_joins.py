"""All the readers against scripted servers whose chunks and states arrive in an unusual order."""

from __future__ import annotations

import threading

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Run, Script
from tests.vectors.scenario import answer, end, progress

pytestmark = pytest.mark.system

CALM_SECONDS = 0.5  # in which a reader that wants to join again would do so


class LateState(Script):
    """Sends chunks before the state of a join, and the end a while after the acknowledgement."""

    def join(self, number: int) -> Event:
        self.emit("chunk", progress("a2", 2, 3, content="l"))
        self.emit("chunk", progress("a2", 3, 4, content="o"))
        self.emit("message", answer(2))
        self.emit("current_state", progress("a2", 0, 2, content="Hel"))
        last = end("a2", 4, content=".")
        threading.Timer(CALM_SECONDS, lambda: self.emit("streaming_end", last)).start()
        return JOINED


def test_one_join_is_enough_if_chunks_arrive_before_the_state(run: Run) -> None:
    ended, scripts = run(LateState)
    assert ended == dict.fromkeys(EVERY, (0, "Hello.\n", ""))
    assert [len(script.requests["join"]) for script in scripts] == [1] * len(EVERY)


class LostChunk(Script):
    """Loses a chunk while it serves a join."""

    def join(self, number: int) -> Event:
        if number == 1:
            self.emit("message", answer(2))
            self.emit("chunk", progress("a2", 3, 4, content="o"))
            self.emit("current_state", progress("a2", 0, 2, content="Hel"))
        else:
            self.emit("current_state", progress("a2", 2, 4, content="lo"))
            self.emit("streaming_end", end("a2", 4, content="."))
        return JOINED


def test_they_join_again_if_text_is_missing_after_the_state(run: Run) -> None:
    ended, scripts = run(LostChunk)
    assert ended == dict.fromkeys(EVERY, (0, "Hello.\n", ""))
    assert [len(script.requests["join"]) for script in scripts] == [2] * len(EVERY)


class OvertakenState(Script):
    """Sends a chunk before a state that contains it, when a reader joins again."""

    def join(self, number: int) -> Event:
        if number == 1:
            self.emit("message", answer(2))
            self.emit("current_state", progress("a2", 0, 2, content="Hel"))
            self.emit("rejoin", {"conversation": "c"})
        else:
            self.emit("chunk", progress("a2", 2, 3, content="l"))
            self.emit("current_state", progress("a2", 2, 4, content="lo"))
            self.emit("streaming_end", end("a2", 4, content="."))
        return JOINED


def test_a_state_may_contain_chunks_that_arrived_since_the_join_was_sent(run: Run) -> None:
    ended, scripts = run(OvertakenState)
    assert ended == dict.fromkeys(EVERY, (0, "Hello.\n", ""))
    assert [len(script.requests["join"]) for script in scripts] == [2] * len(EVERY)
