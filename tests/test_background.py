"""Background tasks: periodic work continues after failures of the database."""

from __future__ import annotations

import queue

import pytest
from flask import Flask, current_app
from sqlalchemy.exc import DatabaseError

from app import background
from app.background import run_periodically
from app.errors import Unavailable
from tests.support.clock import Clock, Over


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
