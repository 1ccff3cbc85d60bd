"""Background tasks: periodic work continues after failures, and for each of many by itself."""

from __future__ import annotations

import os
import queue
import re
import threading
from asyncio import CancelledError

import pytest
from flask import Flask, current_app
from sqlalchemy import QueuePool
from sqlalchemy.exc import DatabaseError

from app import background
from app.background import Backoff, run_periodically
from app.errors import Unavailable
from app.extensions import db
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.clock import Clock, Over
from tests.support.server import run_python

IN_TURN = """
import eventlet
eventlet.monkey_patch()
from app import background
from app.background import in_turn

background.release = lambda: None  # there is no database
order = ""

def compute():
    global order
    with in_turn():
        order += "c"

def yield_often():
    global order
    while order.count("c") < 5:
        order += "."
        eventlet.sleep(0)

tasks = [eventlet.spawn(each) for each in [compute] * 5 + [yield_often]]
for task in tasks:
    task.wait()
print(order)
"""


def test_the_event_loop_runs_between_two_that_compute_in_turn() -> None:
    ran = run_python("-c", IN_TURN, env=dict(os.environ))
    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(r"c(\.+c){4}\.*", ran.stdout.strip()), ran.stdout


@pytest.mark.parametrize(
    "page",
    [
        "/conversations",
        "/conversations/{conversation}",
        "/account/security",
        "/account/tokens",
    ],
)
def test_a_page_that_waits_for_its_turn_holds_no_connection(
    app: Flask, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with app.app_context():
        pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    held: list[int] = []

    class Turn:
        def acquire(self, **_: float) -> bool:
            held.append(pool.checkedout())
            return True

        def release(self) -> None:
            pass

    olive = Browser(app).signed_in(cast.olive)
    olive.open(f"/conversations/{conversation}")
    kept = pool.checkedout()  # for single statements of whatever task
    assert kept <= 1
    monkeypatch.setattr(background, "_turn", Turn())
    assert olive.open(page.format(conversation=conversation)).status_code == 200
    assert held and set(held) == {kept}, "the group commit needs one, too"


def test_a_page_whose_turn_does_not_come_is_refused(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    monkeypatch.setattr(background, "TURN_SECONDS", 0.01)
    with background._turn:  # another page waits for a lock in the database
        refused = olive.open("/account/tokens")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert olive.open("/account/tokens").status_code == 200


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(background, "time", clock)
    return clock


@pytest.mark.parametrize(
    "failure", [DatabaseError("", {}, Exception("gone")), Unavailable(), CancelledError()]
)
def test_periodic_work_continues_after_a_failure_and_a_delay(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: BaseException
) -> None:
    clock = Clock(ends=10.0)
    monkeypatch.setattr(background, "socketio", clock)
    monkeypatch.setattr(background, "time", clock)
    made: list[float] = []

    def work() -> None:
        made.append(clock.elapsed)
        if len(made) == 3:
            raise failure

    with pytest.raises(Over):
        run_periodically(work, seconds=1.0, retry_seconds=4.0)

    assert made == [0, 1, 2, 6, 7, 8, 9, 10]
    assert "Periodic work failed" in caplog.text


def test_periodic_work_is_done_at_the_same_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[float]] = []
    for beginning in (0.1, 0.6):
        clock = Clock(ends=4.0)
        clock.seconds += beginning
        monkeypatch.setattr(background, "socketio", clock)
        monkeypatch.setattr(background, "time", clock)
        times: list[float] = []
        made.append(times)

        def work(clock: Clock = clock, times: list[float] = times) -> None:
            times.append(clock.elapsed)
            clock.sleep(0.2)

        with pytest.raises(Over):
            run_periodically(work, seconds=0.5, retry_seconds=1.0)

    first, second = made
    assert first == [0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert second == [0.6, *first[2:]]


def test_a_tests_clock_is_not_that_of_periodic_work_from_earlier_tests(clock: Clock) -> None:
    seen: list[float] = []

    def periodic() -> None:
        clock.sleep(0.01)
        seen.append(clock.monotonic())

    thread = threading.Thread(target=periodic)
    thread.start()
    thread.join()

    assert clock.elapsed == 0
    assert seen != [clock.seconds]


def test_a_task_runs_concurrently_in_its_own_app_context(app: Flask) -> None:
    found: queue.Queue[tuple[Flask, str]] = queue.Queue()

    def task(word: str) -> None:
        found.put((current_app._get_current_object(), word))  # type: ignore[attr-defined]

    with app.app_context():
        background.start_task(task, "hello")

    assert found.get(timeout=10) == (app, "hello")
    assert not current_app


def test_one_of_many_that_fails_is_tried_again_ever_later(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[tuple[str, float]] = []

    def work(key: str) -> None:
        tried.append((key, clock.elapsed))
        if key == "bad":
            raise OverflowError

    backoff = Backoff(2.0)
    for _ in range(20):
        backoff.for_each(["bad", "good"], work)
        clock.sleep(1.0)

    assert [at for key, at in tried if key == "bad"] == [0, 2, 6, 14]
    assert [at for key, at in tried if key == "good"] == list(range(20))
    assert backoff.waiting == {"bad"}
    assert len(caplog.records) == 4


def test_what_has_succeeded_is_not_delayed_any_more(clock: Clock) -> None:
    errors: list[Exception] = [OverflowError(), OverflowError()]

    def work(_key: int) -> None:
        if errors:
            raise errors.pop()

    backoff = Backoff(1.0)
    for _ in range(4):
        backoff.for_each([1], work)
        clock.sleep(1.0)
    assert not backoff.waiting
    errors.append(OverflowError())
    backoff.for_each([1], work)
    clock.sleep(1.0)
    assert not backoff.waiting, "it begins with the first pause again"


def test_where_nothing_is_available_the_others_are_not_tried_and_come_first_next_time(
    clock: Clock,
) -> None:
    tried: list[str] = []

    def work(key: str) -> None:
        tried.append(key)
        if key == "first":
            raise Unavailable

    backoff = Backoff(2.0)
    with pytest.raises(Unavailable):
        backoff.for_each(["first", "second"], work)
    backoff.for_each(["first", "second"], work)
    assert tried == ["first", "second"]


def test_only_so_many_failures_are_remembered(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_key: int) -> None:
        raise OverflowError

    monkeypatch.setattr(background, "MOST_BACKOFFS", 3)
    backoff = Backoff(2.0)
    backoff.for_each(range(10), work)
    assert backoff.waiting == {7, 8, 9}
