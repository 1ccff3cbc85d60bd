"""Group commits that fail: text is kept and retried until the store timeout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import background
from app.database import write_directly
from app.errors import Locked, Unavailable
from app.events import emit
from app.models import Status
from app.providers import Text
from app.replies import commit_failures, generation, group_commit
from app.replies.commit_failures import (
    COMMIT_RETRY_SECONDS,
    NOT_STORED,
    STORE_TIMEOUT_SECONDS,
    TRY_SECONDS,
)
from app.replies.group_commit import NOT_SENT, GroupCommit
from tests.support.cast import Cast
from tests.support.clock import Clock, Over
from tests.support.harness import Harness


class FailingDatabase:
    """Replaces `write_directly`; raises `failure` while that is set."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.tries = 0

    def write(self, work: Callable[[Connection], Any], **_options: Any) -> Any:
        """Stand for app.database.write_directly."""
        self.tries += 1
        if self.failure:
            raise self.failure
        return write_directly(work)

    def fail(self, failure: Exception | None) -> None:
        """Raise this from now on; None: succeed again."""
        self.failure = failure


FAILURES = [
    DatabaseError("INSERT", {}, Exception("disk I/O error")),
    InterfaceError("INSERT", {}, Exception("the connection is closed")),
    PoolTimeoutError("QueuePool limit reached"),
    Unavailable(),
]


@pytest.fixture
def failing_database(monkeypatch: pytest.MonkeyPatch) -> FailingDatabase:
    database = FailingDatabase()
    monkeypatch.setattr(group_commit, "write_directly", database.write)
    return database


@pytest.fixture
def clock(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(ends=2 * STORE_TIMEOUT_SECONDS)
    monkeypatch.setattr(group_commit, "time", clock)
    monkeypatch.setattr(group_commit, "socketio", clock)
    monkeypatch.setattr(commit_failures, "time", clock)
    monkeypatch.setattr(commit_failures, "socketio", clock)
    monkeypatch.setattr(background, "socketio", clock)
    monkeypatch.setattr(group_commit, "Signal", clock.signal)
    harness.runtime.group_commit = GroupCommit(0.04, STORE_TIMEOUT_SECONDS)
    return clock


def run(harness: Harness) -> None:
    with pytest.raises(Over):
        harness.runtime.group_commit.run()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_short_database_failure_loses_no_text(
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
    clock.at(1.1, lambda: generation.add_event(answer, Text("Hel")))
    clock.at(2.0, lambda: generation.add_event(answer, Text("lo")))
    clock.at(4.0, lambda: failing_database.fail(None))

    run(harness)

    assert failing_database.tries > 3, "precondition: writes failed"
    [(name, chunk)] = max.received()
    assert (name, chunk["content"], chunk["seq"]) == ("chunk", "Hello", 1)


def test_the_store_timeout_restarts_after_a_success(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    for start in (0.5, 5.5):  # together they last longer than the timeout
        clock.at(start, lambda: failing_database.fail(FAILURES[0]))
        clock.at(start + 0.1, lambda: generation.add_event(answer, Text("x")))
        clock.at(start + 3.5, lambda: failing_database.fail(None))

    run(harness)

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content) == ("streaming", "xx")


def test_after_the_store_timeout_the_unstored_answer_fails(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    other = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    max = harness.reader(cast.max, conversation)
    cancelled: list[float] = []
    answer.close_stream = lambda: cancelled.append(clock.elapsed)
    clock.at(1.0, lambda: generation.add_event(answer, Text("shown")))
    clock.at(1.5, lambda: failing_database.fail(FAILURES[0]))
    clock.at(2.0, lambda: generation.add_event(answer, Text(" never shown")))
    clock.at(8.5, lambda: failing_database.fail(None))

    run(harness)

    assert 2.0 + STORE_TIMEOUT_SECONDS < cancelled[0] < 8.5
    assert [(name, data["status"]) for name, data in max.received()] == [
        ("chunk", "streaming"),
        ("streaming_end", "failed"),
    ]
    stored = harness.database.message(answer.public_id)
    assert (stored.content, stored.error) == ("shown", NOT_STORED)
    assert harness.database.message(other.public_id).status == Status.STREAMING


def test_it_gives_up_as_soon_where_another_process_holds_the_lock(
    harness: Harness,
    cast: Cast,
    conversation: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait_for_the_lock(_work: object, *, give_up_seconds: float, **_options: object) -> None:
        clock.sleep(give_up_seconds)
        raise Unavailable()

    monkeypatch.setattr(group_commit, "write_directly", wait_for_the_lock)
    answer = harness.begin(conversation, cast.olive)
    cancelled: list[float] = []
    answer.close_stream = lambda: cancelled.append(clock.elapsed)
    clock.at(0.5, lambda: generation.add_event(answer, Text("never shown")))

    run(harness)

    longest = STORE_TIMEOUT_SECONDS + TRY_SECONDS + COMMIT_RETRY_SECONDS
    assert STORE_TIMEOUT_SECONDS < cancelled[0] - 0.5 <= longest


def test_an_answer_whose_end_can_not_be_stored_is_left_to_its_lease(
    harness: Harness,
    cast: Cast,
    conversation: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_: object) -> None:
        raise OverflowError("a defect")

    answer = harness.begin(conversation, cast.olive)
    monkeypatch.setattr(group_commit, "store", fails)
    generation.add_event(answer, Text("Hi"))
    for _ in range(2):
        harness.flush()

    assert answer.finished.is_set()
    assert answer.message_id not in harness.runtime.group_commit.answers
    assert harness.database.message(answer.public_id).status == Status.STREAMING
    assert "will be interrupted when its lease expires" in caplog.text


@pytest.mark.parametrize(
    "error", [OverflowError("a defect"), DataError("INSERT", {}, Exception("string too long"))]
)
def test_a_permanent_error_fails_only_the_answer_that_raises_it(
    harness: Harness,
    cast: Cast,
    conversation: str,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    bad = harness.begin(conversation, cast.olive)
    good = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    store = group_commit.store

    def raise_for_bad(connection: Connection, batch: Any) -> Any:
        if any(pending.answer is bad and pending.delta.content for pending in batch):
            raise error
        return store(connection, batch)

    monkeypatch.setattr(group_commit, "store", raise_for_bad)
    for answer in (bad, good):
        generation.add_event(answer, Text("Hi"))
    for _ in range(2):
        harness.flush()

    stored = harness.database.message(bad.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "", NOT_STORED)
    stored = harness.database.message(good.public_id)
    assert (stored.status, stored.content) == ("streaming", "Hi")


def test_an_answer_that_can_not_be_sent_fails_and_others_continue(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = harness.begin(conversation, cast.olive)
    good = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    chunk = emit.chunk

    def raise_for_bad(payload: Any) -> None:
        if payload["id"] == bad.public_id:
            raise RuntimeError("a defect")
        chunk(payload)

    monkeypatch.setattr(emit, "chunk", raise_for_bad)
    for answer in (bad, good):
        generation.add_event(answer, Text("Hi"))
    for _ in range(2):
        harness.flush()

    stored = harness.database.message(bad.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "Hi", NOT_SENT)
    assert harness.database.message(good.public_id).status == "streaming"


def test_an_error_of_the_database_about_one_answer_does_not_delay_the_others(
    harness: Harness,
    cast: Cast,
    conversation: str,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    bad = harness.begin(conversation, cast.olive)
    good = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    tries: list[float] = []
    store = group_commit.store

    def raise_for_bad(connection: Connection, batch: Any) -> Any:
        if any(pending.answer is bad for pending in batch):
            tries.append(clock.elapsed)
            raise FAILURES[0]
        return store(connection, batch)

    monkeypatch.setattr(group_commit, "store", raise_for_bad)
    clock.at(1.0, lambda: generation.add_event(bad, Text("never stored")))
    for number in range(18):
        clock.at(1.0 + number / 2, lambda: generation.add_event(good, Text("x")))
    clock.ends_after(30.0)

    run(harness)

    stored = harness.database.message(good.public_id)
    assert (stored.status, stored.content) == ("streaming", 18 * "x")
    assert good.pieces == []
    assert bad.finished.is_set(), "the database can be written, so it is left to its lease"
    assert len(tries) < 50
    assert harness.runtime.group_commit.waiting_seconds() == 0


def test_while_nothing_can_be_written_the_end_of_an_answer_is_kept(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    answer = harness.begin(conversation, cast.olive)
    clock.ends_after(60.0)
    clock.at(1.0, lambda: failing_database.fail(FAILURES[0]))
    clock.at(1.5, lambda: generation.add_event(answer, Text("never stored")))
    clock.at(50.0, lambda: failing_database.fail(None))

    run(harness)

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "", NOT_STORED)


def test_while_nothing_can_be_written_answers_are_held_back_for_as_long_as_is_set(
    harness: Harness, cast: Cast, conversation: str, failing_database: FailingDatabase, clock: Clock
) -> None:
    harness.runtime.group_commit = GroupCommit(0.04, 90.0)
    answer = harness.begin(conversation, cast.olive)
    clock.ends_after(70.0)
    clock.at(1.0, lambda: failing_database.fail(FAILURES[0]))
    for second in range(2, 60):
        clock.at(second, lambda: generation.add_event(answer, Text("x")))
    clock.at(61.0, lambda: failing_database.fail(None))

    run(harness)

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content) == ("streaming", 58 * "x")


class Locks:
    """Stands for another transaction, which has locked the rows of some answers, or what their
    endings need."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
        self.rows: set[int] = set()
        self.endings = False
        self.tries = 0
        self._clock = clock
        self._append, self._fold = group_commit.append, group_commit.fold
        monkeypatch.setattr(group_commit, "append", self._append_unlocked)
        monkeypatch.setattr(group_commit, "fold", self._fold_unlocked)

    def _append_unlocked(self, connection: Connection, deltas: Any) -> Any:
        found = {key: delta for key, delta in deltas.items() if key not in self.rows}
        return self._append(connection, found)

    def _fold_unlocked(self, *args: Any) -> Any:
        if self.endings:
            self.tries += 1
            self._clock.sleep(0.2)
            raise Locked
        return self._fold(*args)


def test_a_locked_answer_waits_alone_and_is_stored_when_it_is_free(
    harness: Harness,
    cast: Cast,
    conversation: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    harness.runtime.group_commit = GroupCommit(0.04, 90.0)
    locks = Locks(monkeypatch, clock)
    held = harness.begin(conversation, cast.olive)
    free = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    late: list[int] = []
    clock.ends_after(12.0)
    clock.at(0.5, lambda: locks.rows.add(held.message_id))
    for number in range(1, 80):
        for answer in (held, free):
            clock.at(number / 8, lambda answer=answer: generation.add_event(answer, Text("x")))
        clock.at(number / 8 + 0.1, lambda: late.append(len(free.pieces)))
    clock.at(2.95, lambda: held.end(Status.COMPLETE))
    clock.at(9.0, locks.rows.clear)

    run(harness)

    assert set(late) == {0}, "the other one must not wait"
    stored = harness.database.message(held.public_id)
    assert (stored.status, stored.content) == ("complete", 23 * "x")
    assert harness.database.message(free.public_id).content == 79 * "x"
    assert caplog.text.count("Waiting for a lock fails") == 1


def test_an_answer_whose_end_is_locked_holds_up_nobody_for_long(
    harness: Harness,
    cast: Cast,
    conversation: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness.runtime.group_commit = GroupCommit(0.04, 90.0)
    locks = Locks(monkeypatch, clock)
    ending = [
        harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in range(4)
    ]
    free = harness.begin(conversation, cast.olive)
    late: list[int] = []
    locks.endings = True
    clock.ends_after(12.0)
    for answer in ending:
        clock.at(1.0, lambda answer=answer: generation.add_event(answer, Text("Yes.")))
        clock.at(1.0, lambda answer=answer: answer.end(Status.COMPLETE))
    for number in range(8, 80):
        clock.at(number / 8, lambda: generation.add_event(free, Text("x")))
        clock.at(number / 8, lambda: late.append(len(free.pieces)))
    clock.at(9.0, lambda: setattr(locks, "endings", False))

    run(harness)

    assert max(late) <= 5, "the others wait for one ending, not for each"
    assert locks.tries < 50
    assert harness.database.message(free.public_id).content == 72 * "x"
    for answer in ending:
        stored = harness.database.message(answer.public_id)
        assert (stored.status, stored.content) == ("complete", "Yes.")
