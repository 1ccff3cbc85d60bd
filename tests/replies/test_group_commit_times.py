"""When a group commit runs: at once after inactivity, at most once per interval under load."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event

from app import background
from app.events import emit
from app.extensions import db
from app.providers import Text
from app.replies import generation, group_commit
from app.replies.group_commit import GroupCommit
from app.replies.in_flight import Answer
from tests.support.cast import Cast
from tests.support.clock import Clock, Over
from tests.support.harness import Harness

INTERVAL = 0.04


class Timed:
    """A group commit on a fake clock, with the times of its commits and chunks."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.harness = harness
        self.clock = Clock(ends=5.0)
        self.commits: list[float] = []
        self.chunks: list[tuple[float, str]] = []
        monkeypatch.setattr(group_commit, "time", self.clock)
        monkeypatch.setattr(group_commit, "socketio", self.clock)
        monkeypatch.setattr(background, "socketio", self.clock)
        monkeypatch.setattr(group_commit, "Signal", self.clock.signal)
        monkeypatch.setattr(emit, "chunk", self._note_chunk)
        harness.runtime.group_commit = GroupCommit(INTERVAL)

    def _note_chunk(self, payload: Any) -> None:
        self.chunks.append((self.clock.elapsed, payload["content"]))

    def receive(self, answer: Answer, at: float, text: str) -> None:
        """Let an answer receive text at this time."""
        self.clock.at(at, lambda: generation.add_event(answer, Text(text)))

    def run(self) -> None:
        """Run the group commit until the clock ends."""

        def note(_connection: object) -> None:
            self.commits.append(self.clock.elapsed)

        event.listen(db.engine, "commit", note)
        with pytest.raises(Over):
            self.harness.runtime.group_commit.run()


@pytest.fixture
def timed(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Timed:
    return Timed(harness, monkeypatch)


@pytest.fixture
def begin(harness: Harness, cast: Cast, timed: Timed) -> Callable[[], Answer]:
    return lambda: harness.begin(harness.database.conversation(cast.olive), cast.olive)


def test_the_first_text_after_inactivity_is_sent_at_once(
    timed: Timed, begin: Callable[[], Answer]
) -> None:
    answer = begin()
    timed.receive(answer, 1.234, "first")
    timed.receive(answer, 3.456, "after inactivity")
    timed.run()
    assert timed.chunks == [(1.234, "first"), (3.456, "after inactivity")]


def test_under_load_there_is_one_commit_per_interval(
    timed: Timed, begin: Callable[[], Answer]
) -> None:
    answers = [begin() for _ in range(3)]
    for number in range(200):
        timed.receive(answers[number % 3], 1 + number * 0.005, f"{number} ")
    timed.run()
    assert timed.commits[0] == 1.0
    assert all(later - earlier >= INTERVAL - 1e-9 for earlier, later in pairwise(timed.commits))
    assert len(timed.commits) == pytest.approx(1.0 / INTERVAL, abs=2)
    assert len(timed.chunks) > 2 * len(timed.commits), "each commit must carry several answers"


def test_a_late_wake_up_does_not_delay_the_commits_that_follow(
    timed: Timed, begin: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, sleep = begin(), timed.clock.sleep
    monkeypatch.setattr(timed.clock, "sleep", lambda seconds: sleep(seconds + 0.003))
    for number in range(220):
        timed.receive(answer, 1 + number * 0.005, f"{number} ")
    timed.run()
    took = timed.commits[20] - timed.commits[0]
    assert took == pytest.approx(20 * INTERVAL, abs=0.004), "not 20 times 3 ms more"


def test_no_text_waits_longer_than_one_interval(timed: Timed, begin: Callable[[], Answer]) -> None:
    answer = begin()
    for number in range(50):
        timed.receive(answer, 1 + number * 0.007, f"{number} ")
    timed.run()
    for sent_at, text in timed.chunks:
        oldest = int(text.split()[0])
        assert sent_at - (1 + oldest * 0.007) <= INTERVAL + 1e-6


def test_models_are_read_once_shortly_before_the_next_commit(
    timed: Timed, begin: Callable[[], Answer]
) -> None:
    answer = begin()
    beginning, pauses = timed.clock.seconds, dict[float, float]()

    def note(read_at: float) -> None:
        pause = timed.harness.runtime.group_commit.pause(beginning + read_at)
        pauses[timed.clock.elapsed] = pause

    timed.receive(answer, 1.0, "first")
    for at, read_at in ((0.9, 0.8), (1.001, 1.0), (1.02, 1.0), (1.0399, 1.0398), (1.05, 1.0)):
        timed.clock.at(at, lambda read_at=read_at: note(read_at))  # type: ignore[misc]
    timed.run()
    assert pauses[0.9] <= 0 and pauses[1.05] <= 0, "after silence each token is committed at once"
    reading_at = INTERVAL - group_commit.READING_SECONDS
    assert pauses[1.001] == pytest.approx(reading_at - 0.001)
    assert pauses[1.02] == pytest.approx(reading_at - 0.02)
    assert pauses[1.0399] == pytest.approx(reading_at + INTERVAL - 0.0399)
