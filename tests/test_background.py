"""Background tasks: periodic work continues after failures of the database."""

from __future__ import annotations

import os
import queue
import re

import pytest
from flask import Flask, current_app
from sqlalchemy.exc import DatabaseError

from app import background
from app.background import run_periodically
from app.errors import Unavailable
from tests.support.clock import Clock, Over
from tests.support.server import run_python

IN_TURN = """
import eventlet
eventlet.monkey_patch()
from app.background import in_turn

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


@pytest.mark.parametrize("failure", [DatabaseError("", {}, Exception("gone")), Unavailable()])
def test_periodic_work_continues_after_a_failure_and_a_delay(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    clock = Clock(ends=10.0)
    monkeypatch.setattr(background, "socketio", clock)
    made: list[float] = []

    def work() -> None:
        made.append(clock.elapsed)
        if len(made) == 3:
            raise failure

    with pytest.raises(Over):
        run_periodically(work, seconds=1.0, retry_seconds=4.0)

    assert made == [0, 1, 2, 6, 7, 8, 9, 10]
    assert "Periodic work failed" in caplog.text


def test_a_task_runs_concurrently_in_its_own_app_context(app: Flask) -> None:
    found: queue.Queue[tuple[Flask, str]] = queue.Queue()

    def task(word: str) -> None:
        found.put((current_app._get_current_object(), word))  # type: ignore[attr-defined]

    with app.app_context():
        background.start_task(task, "hello")

    assert found.get(timeout=10) == (app, "hello")
    assert not current_app
