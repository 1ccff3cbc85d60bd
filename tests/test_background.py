"""What a server process does again and again goes on, whatever happens to the database."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DatabaseError

from app import background
from app.background import run_periodically
from app.errors import Unavailable
from tests.support.clock import Clock, Over


@pytest.mark.parametrize("failure", [DatabaseError("", {}, Exception("gone")), Unavailable()])
def test_after_a_failure_it_pauses_and_goes_on(
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
        run_periodically(work, seconds=1.0, pause_seconds=4.0)

    assert made == [0, 1, 2, 6, 7, 8, 9, 10]
    assert "Periodic work failed" in caplog.text
