"""All the readers against scripted servers that refuse or repeat requests."""

from __future__ import annotations

import threading
import time

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Run, Script
from tests.vectors.scenario import answer, end, ended_answer, progress, question, removed

pytestmark = pytest.mark.system

WAIT_SECONDS = 1.0


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
    ended, scripts = run(AnsweringMeanwhile, "And then?")
    assert ended == dict.fromkeys(EVERY, (0, "So.\n", ""))
    assert all(len(script.requests["send"]) >= 3 for script in scripts)


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
