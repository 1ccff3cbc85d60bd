"""Which connections are cut after the grace period, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from app.transport import disconnecting
from app.transport.disconnecting import MAX_LATE_BYTES, cut_remaining, cut_slow


@dataclass(eq=False)
class FakeSession:
    """A session whose reader has yet to take `left` bytes of what was sent."""

    left: int = 0
    closed: bool = False
    was_cut: bool = False
    put_bytes: int = 1_000_000

    def bytes_left(self, put_bytes: int) -> int:
        assert put_bytes == 1_000_000
        return self.left

    def cut(self) -> None:
        self.was_cut = True


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was slept; sleeping takes no time, and background tasks run at once."""
    slept: list[float] = []
    at_once = SimpleNamespace(
        sleep=slept.append, start_background_task=lambda run, *args: run(*args)
    )
    monkeypatch.setattr(disconnecting, "socketio", at_once)
    return slept


def test_a_disconnected_session_that_stays_open_is_cut(sleeps: list[float]) -> None:
    open_, closed = FakeSession(), FakeSession(closed=True)
    cut_remaining([open_, closed])
    assert (open_.was_cut, closed.was_cut) == (True, False)
    assert sleeps == [disconnecting.GRACE_SECONDS]


def test_a_slow_reader_is_cut_and_a_quick_one_is_not() -> None:
    quick, slow = FakeSession(left=MAX_LATE_BYTES), FakeSession(left=MAX_LATE_BYTES + 1)
    closed = FakeSession(left=MAX_LATE_BYTES + 1, closed=True)
    cut_slow([quick, slow, closed])
    assert (quick.was_cut, slow.was_cut, closed.was_cut) == (False, True, False)


def test_without_sessions_nothing_is_waited_for(sleeps: list[float]) -> None:
    cut_slow([])
    assert sleeps == []
