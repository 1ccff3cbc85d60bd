"""Whose connection is cut, and whose is not, once there was a moment to read in."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from app.transport import disconnecting
from app.transport.disconnecting import MAX_LATE_BYTES, cut_who_lag, cut_who_stay


@dataclass(eq=False)
class Line:
    """A connection on which `left` bytes of what was sent have not been read."""

    left: int = 0
    closed: bool = False
    was_cut: bool = False
    queue: Any = field(default_factory=lambda: SimpleNamespace(put_bytes=1_000_000))

    def bytes_left(self, sent: int) -> int:
        """Return how much of the first `sent` bytes is left."""
        assert sent == 1_000_000
        return self.left

    def cut(self) -> None:
        """Cut it."""
        self.was_cut = True


@pytest.fixture(autouse=True)
def moments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments that were waited for; none takes any time, and nothing is put off."""
    waited: list[float] = []
    monkeypatch.setattr(disconnecting.socketio, "sleep", waited.append)
    monkeypatch.setattr(
        disconnecting.socketio, "start_background_task", lambda do, *with_: do(*with_)
    )
    return waited


def test_who_was_told_to_go_and_stays_is_cut(moments: list[float]) -> None:
    stays, gone = Line(), Line(closed=True)
    cut_who_stay([stays, gone])
    assert (stays.was_cut, gone.was_cut) == (True, False)
    assert moments == [disconnecting.GOODBYE_SECONDS]


def test_who_lags_is_cut_and_who_reads_is_not() -> None:
    reads, lags = Line(left=MAX_LATE_BYTES), Line(left=MAX_LATE_BYTES + 1)
    gone = Line(left=MAX_LATE_BYTES + 1, closed=True)
    cut_who_lag([reads, lags, gone])
    assert (reads.was_cut, lags.was_cut, gone.was_cut) == (False, True, False)


def test_for_nobody_there_is_nothing_to_wait_for(moments: list[float]) -> None:
    cut_who_lag([])
    assert moments == []
