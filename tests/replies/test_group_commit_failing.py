"""What the beat does while the database fails: it keeps what it has, and in the end gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from app import background
from app.database import write
from app.errors import Unavailable
from app.models import Status
from app.providers import Text
from app.replies import generation, group_commit
from app.replies.group_commit import NOT_STORED, STORE_TIMEOUT_SECONDS, Beat
from tests.support.cast import Cast
from tests.support.clock import Clock, Over
from tests.support.harness import Harness


class FailingDatabase:
    """Fails as long as it is told to."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.tries = 0

    def write(self, work: Callable[[], Any]) -> Any:
        """Stand for app.database.write."""
        self.tries += 1
        if self.failure:
            raise self.failure
        return write(work)

    def fail(self, failure: Exception | None) -> None:
        """Fail like this from now on; None: no more."""
        self.failure = failure


FAILURES = [DatabaseError("INSERT", {}, Exception("disk I/O error")), Unavailable()]


@pytest.fixture
def failing_database(monkeypatch: pytest.MonkeyPatch) -> FailingDatabase:
    failing_database = FailingDatabase()
    monkeypatch.setattr(group_commit, "write", failing_database.write)
    return failing_database


@pytest.fixture
def clock(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(ends=2 * STORE_TIMEOUT_SECONDS)
    monkeypatch.setattr(group_commit, "time", clock)
    monkeypatch.setattr(group_commit, "socketio", clock)
    monkeypatch.setattr(background, "socketio", clock)
    monkeypatch.setattr(group_commit, "Signal", clock.signal)
    harness.runtime.beat = Beat(0.04)
    return clock


def run(harness: Harness) -> None:
    with pytest.raises(Over):
        harness.runtime.beat.run()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_short_failure_loses_nothing(
    harness: Harness,
    cast: Cast,
    conversation: str,
    failing_database: FailingDatabase,
    clock: Clock,
    failure: Any,
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    clock.at(1.0, lambda: failing_database.fail(failure))
    clock.at(1.1, lambda: generation.take(answer, Text("Hel")))
    clock.at(2.0, lambda: generation.take(answer, Text("lo")))
    clock.at(4.0, lambda: failing_database.fail(None))

    run(harness)

    assert failing_database.tries > 3, "it must have failed for this to mean anything"
    [(name, chunk)] = max.received()
    assert (name, chunk["content"], chunk["seq"]) == ("chunk", "Hello", 1)


def test_patience_begins_anew_after_a_success(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    for moment in (0.5, 5.5):  # together they last longer than its patience
        clock.at(moment, lambda: failing_database.fail(FAILURES[0]))
        clock.at(moment + 0.1, lambda: generation.take(answer, Text("x")))
        clock.at(moment + 3.5, lambda: failing_database.fail(None))

    run(harness)

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content) == ("streaming", "xx")


def test_after_too_long_it_ends_what_could_not_be_stored(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    silent = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    max = harness.reader(cast.max, conversation)
    hung_up: list[float] = []
    answer.hang_up = lambda: hung_up.append(clock.elapsed)
    clock.at(1.0, lambda: generation.take(answer, Text("shown")))
    clock.at(1.5, lambda: failing_database.fail(FAILURES[0]))
    clock.at(2.0, lambda: generation.take(answer, Text(" never shown")))
    clock.at(8.5, lambda: failing_database.fail(None))

    run(harness)

    assert 2.0 + STORE_TIMEOUT_SECONDS < hung_up[0] < 8.5
    assert [(name, data["status"]) for name, data in max.received()] == [
        ("chunk", "streaming"),
        ("streaming_end", "failed"),
    ]
    stored = harness.database.message(answer.public_id)
    assert (stored.content, stored.error) == ("shown", NOT_STORED)
    assert harness.database.message(silent.public_id).status == Status.STREAMING


def test_a_failure_of_another_kind_does_not_end_the_beat(
    harness: Harness,
    cast: Cast,
    conversation: str,
    failing_database: FailingDatabase,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.at(1.0, lambda: failing_database.fail(RuntimeError("a defect")))
    clock.at(1.1, lambda: generation.take(answer, Text("Hi")))
    clock.at(3.0, lambda: failing_database.fail(None))

    run(harness)

    assert "a defect" in caplog.text
    assert harness.database.message(answer.public_id).content == "Hi"
