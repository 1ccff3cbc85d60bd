"""What the readers make of servers that are busy, or lose the thread."""

from __future__ import annotations

import threading
import time

import pytest

from tests.clients.readers import EVERY
from tests.clients.scripted import JOINED, Event, Play, Scene
from tests.vectors.tale import answer, end, progress, question, removed, whole

pytestmark = pytest.mark.system

WAIT_SECONDS = 1.0


class Busy(Scene):
    """Tells it to begin anew, then to wait, and goes on with the answer all the while."""

    more = 100
    refused_at = 0.0

    def join(self, number: int) -> Event:
        if number == 1:
            self.say("message", answer(2))
            self.say("current_state", progress("a2", 0, 1, content="H"))
            self.say("rejoin", {"conversation": "c"})
        if number == 2:
            threading.Thread(target=self._go_on).start()
            return JOINED | {"reload": True}
        if number == 3:
            self.refused_at = time.monotonic()
            refusal = {"ok": False, "error": "rate_limited", "message": "Slower."}
            return refusal | {"retry_after": WAIT_SECONDS}
        if number == 4:
            self.say("message", whole(2, "Hello", seq=self.more + 9))
        return JOINED

    def _go_on(self) -> None:
        while self.more > 0 and len(self.asked["join"]) < 4:
            self.more -= 1
            self.say("chunk", progress("a2", 900 - self.more, 901 - self.more, content="x"))
            time.sleep(0.04)


def test_a_join_is_not_put_off_by_what_keeps_coming_nor_made_before_it_may_be(play: Play) -> None:
    ended, scenes = play(Busy)
    assert ended == dict.fromkeys(EVERY, (0, "Hello\n", ""))
    for name, scene in zip(EVERY, scenes, strict=True):
        assert scene.more > 0, f"{name} has waited until nothing came any more"
        assert scene.asked["join"][3] - scene.refused_at >= WAIT_SECONDS, name


class Overtaking(Scene):
    """Is busy at first; then begins an answer while it says that there is none yet."""

    def send(self, number: int) -> Event:
        if number == 1:
            refusal = {"ok": False, "error": "unavailable", "message": "Not now."}
            return refusal | {"retry_after": 0.1}
        if number == 2:
            self.say("message", question(3))
            self.say("message", answer(4))
            return {"ok": True, "id": "q3"}
        self.say("streaming_end", end("a4", 0, content="So."))
        return {"ok": True, "id": "q3", "reply": "a4"}


def test_a_question_is_asked_until_its_answer_is_known(play: Play) -> None:
    ended, scenes = play(Overtaking, "And then?")
    assert ended == dict.fromkeys(EVERY, (0, "So.\n", ""))
    assert all(len(scene.asked["send"]) >= 3 for scene in scenes)


class Failing(Scene):
    """Has failed to answer while nobody listened, so that the answer comes whole."""

    def send(self, number: int) -> Event:
        if number == 1:
            self.say("rejoin", {"conversation": "c"})
            return {"ok": True, "id": "q3"}
        failed = whole(4, "Half", status="failed", error="The model did not finish its answer.")
        self.say("message", failed)
        return {"ok": True, "id": "q3", "reply": "a4"}


def test_an_answer_that_comes_whole_may_have_failed(play: Play) -> None:
    ended, _scenes = play(Failing, "And then?")
    assert {name: ended[name][:2] for name in EVERY} == dict.fromkeys(EVERY, (1, "Half\n"))


class Withdrawn(Scene):
    """Says that a question that waits was removed."""

    def send(self, number: int) -> Event:
        self.say("message", question(3))
        threading.Timer(0.5, lambda: self.say("removed", removed("q3", revision=1))).start()
        return {"ok": True, "id": "q3"}


class Conflicting(Scene):
    """Says so when it is asked for what was removed meanwhile."""

    def send(self, number: int) -> Event:
        return {"ok": False, "error": "conflict", "message": "It was removed."}


@pytest.mark.parametrize(
    ("scene", "said"),
    [(Withdrawn, "The question was removed."), (Conflicting, "It was removed.")],
)
def test_a_question_that_was_removed_ends_it(play: Play, scene: type[Scene], said: str) -> None:
    ended, _scenes = play(scene, "And then?")
    assert ended == dict.fromkeys(EVERY, (1, "", f"{said}\n"))
