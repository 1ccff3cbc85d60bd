"""All the readers against scripted servers: events in an unusual order, requests that are refused
or repeated, a server that is full, and people who come and go."""

from __future__ import annotations

import threading
import time

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Run, Script
from tests.vectors.scenario import (
    CONVERSATION,
    answer,
    end,
    ended_answer,
    progress,
    question,
    removed,
)

pytestmark = pytest.mark.system

CALM_SECONDS = 0.5  # in which a reader that wants to join again would do so
WAIT_SECONDS = 1.0
MAX = {"sender": "s-max", "following": True, "typing": True}


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


class Busy(Script):
    """Answers joins with a reload, then with a delay, and sends chunks all the while."""

    more = 100
    refused_at = 0.0

    def join(self, number: int) -> Event:
        if number == 1:
            self.emit("message", answer(2))
            self.emit("current_state", progress("a2", 0, 1, content="H"))
            self.emit("rejoin", {"conversation": "c"})
        if number == 2:
            threading.Thread(target=self._send_chunks).start()
            return JOINED | {"reload": True}
        if number == 3:
            self.refused_at = time.monotonic()
            refusal = {"ok": False, "error": "rate_limited", "message": "Slower."}
            return refusal | {"retry_after": WAIT_SECONDS}
        if number == 4:
            self.emit("message", ended_answer(2, "Hello", seq=self.more + 9))
        return JOINED

    def _send_chunks(self) -> None:
        while self.more > 0 and len(self.requests["join"]) < 4:
            self.more -= 1
            self.emit("chunk", progress("a2", 900 - self.more, 901 - self.more, content="x"))
            time.sleep(0.04)


def test_a_join_is_neither_postponed_by_events_nor_sent_before_retry_after(run: Run) -> None:
    ended, scripts = run(Busy)
    assert ended == dict.fromkeys(EVERY, (0, "Hello\n", ""))
    for name, script in zip(EVERY, scripts, strict=True):
        assert script.more > 0, f"{name} has waited for the last chunk"
        assert script.requests["join"][3] - script.refused_at >= WAIT_SECONDS, name


class AnsweringMeanwhile(Script):
    """Is unavailable at first; then begins an answer before it acknowledges that there is none."""

    def send(self, number: int) -> Event:
        if number == 1:
            refusal = {"ok": False, "error": "unavailable", "message": "Not now."}
            return refusal | {"retry_after": 0.1}
        if number == 2:
            self.emit("message", question(3))
            self.emit("message", answer(4))
            return {"ok": True, "id": "q3"}
        self.emit("streaming_end", end("a4", 0, content="So."))
        return {"ok": True, "id": "q3", "reply": "a4"}


def test_a_question_is_sent_until_its_answer_is_known(run: Run) -> None:
    ended, scripts = run(AnsweringMeanwhile, "", files=["f1", "f2"])  # with files it may be empty
    assert ended == dict.fromkeys(EVERY, (0, "So.\n", ""))
    for name, script in zip(EVERY, scripts, strict=True):
        assert len(script.questions) >= 3, name
        [key] = {question["key"] for question in script.questions}
        question = {"conversation": "c", "content": "", "key": key, "files": ["f1", "f2"]}
        assert all(each == question for each in script.questions), name


class FailingMeanwhile(Script):
    """Sends the answer in one event when it has failed."""

    def send(self, number: int) -> Event:
        if number == 1:
            self.emit("rejoin", {"conversation": "c"})
            return {"ok": True, "id": "q3"}
        failed = ended_answer(
            4, "Half", status="failed", error="The model did not finish its answer."
        )
        self.emit("message", failed)
        return {"ok": True, "id": "q3", "reply": "a4"}


def test_an_answer_that_arrives_in_one_event_may_have_failed(run: Run) -> None:
    ended, _scripts = run(FailingMeanwhile, "And then?")
    assert {name: ended[name][:2] for name in EVERY} == dict.fromkeys(EVERY, (1, "Half\n"))


class Removing(Script):
    """Removes a question that waits for its answer."""

    def send(self, number: int) -> Event:
        self.emit("message", question(3))
        threading.Timer(0.5, lambda: self.emit("removed", removed("q3", revision=1))).start()
        return {"ok": True, "id": "q3"}


class Conflicting(Script):
    """Refuses a question that was removed meanwhile."""

    def send(self, number: int) -> Event:
        return {"ok": False, "error": "conflict", "message": "It was removed."}


@pytest.mark.parametrize(
    ("script", "message"),
    [(Removing, "The question was removed."), (Conflicting, "It was removed.")],
)
def test_they_end_when_the_question_was_removed(
    run: Run, script: type[Script], message: str
) -> None:
    ended, _scripts = run(script, "And then?")
    assert ended == dict.fromkeys(EVERY, (1, "", f"{message}\n"))


class Restarting(Script):
    """Disconnects the reader, refuses its next connection, and accepts the third."""

    def refusal(self) -> str:
        return "rate_limited" if len(self.hints) == 2 else ""

    def join(self, number: int) -> Event:
        self.emit("message", answer(2) if number == 1 else ended_answer(2, "Hello"))
        if number == 1:
            self.disconnect()
        return JOINED


def test_they_reconnect_to_a_server_that_was_full(run: Run) -> None:
    ended, scripts = run(Restarting)
    assert ended == dict.fromkeys(EVERY, (0, "Hello\n", ""))
    hints = dict(zip(EVERY, (script.hints for script in scripts), strict=True))
    assert hints == dict.fromkeys(EVERY, ["c"] * 3), "each connection tells a proxy what it follows"


class Full(Script):
    """Refuses every connection."""

    def refusal(self) -> str:
        return "rate_limited"


def test_a_full_server_is_unreachable(run: Run) -> None:
    ended, _scripts = run(Full)
    assert ended == dict.fromkeys(EVERY, (5, "", "The server can't be reached.\n"))


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
