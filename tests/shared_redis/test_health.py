"""Whether Redis works, by what has failed and what has come back."""

from __future__ import annotations

import ssl
import time

import pytest
from redis import exceptions
from redis.sentinel import MasterNotFoundError

from app import outages
from app.shared_redis import Health, health
from app.shared_redis.health import SILENT, reason_of
from app.transport.heartbeat import FAILED_BEATS, LOST_BEATS, SILENT_BEATS, Heartbeat
from tests.support.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (health, outages):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_an_outage_is_two_lines_however_much_fails(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    here = Health()
    for _ in range(100):
        here.failed(exceptions.ConnectionError("Error 111 connecting to host:6379."))
        here.worked()
        clock.sleep(0.1)
    clock.sleep(health.CALM_SECONDS)
    here.worked()
    here.worked()
    assert caplog.messages == [
        "Redis fails: it can't be reached.",
        "Redis works again, after 12.0 s (failures: 100).",
    ]


def test_it_is_not_asked_for_a_moment_after_a_failure_and_while_it_is_silent(clock: Clock) -> None:
    here = Health()
    assert here.may_answer
    here.failed("it is away")
    assert not here.may_answer
    clock.sleep(health.PAUSE_SECONDS + 0.1)
    assert here.may_answer
    here.is_silent = True
    assert not here.may_answer


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (exceptions.AuthenticationError("invalid username-password pair"), "refuses the user"),
        (exceptions.NoPermissionError("this user has no permissions"), "does not permit"),
        (exceptions.OutOfMemoryError("command not allowed"), "is full"),
        (exceptions.ReadOnlyError("You can't write"), "replica"),
        (exceptions.BusyLoadingError("loading"), "loading"),
        (exceptions.TimeoutError("Timeout reading"), "in time"),
        (TimeoutError(), "in time"),
        (MasterNotFoundError("No master found"), "no master"),
        (exceptions.RedisClusterException("no nodes"), "cluster"),
        (ConnectionRefusedError(), "can't be reached"),
        (exceptions.ResponseError("secret text"), "it refuses (ResponseError)"),
        (caused(exceptions.ConnectionError("x"), ssl.SSLError("bad")), "certificate"),
    ],
)
def test_the_reason_is_a_few_words_without_what_redis_has_said(
    error: Exception, reason: str
) -> None:
    assert reason in reason_of(error)
    assert "secret" not in reason_of(error)


class Beats:
    """The beats of one process; `heard` says which come back."""

    def __init__(self) -> None:
        self.health = Health()
        self.heartbeat = Heartbeat(self.health)

    def send(self, count: int, *, comes_back: bool) -> list[bool]:
        """Return whether the connection was lost before each."""
        lost = []
        for _ in range(count):
            number = self.heartbeat.next(is_down=False)
            if comes_back:
                self.heartbeat.heard(number)
            lost.append(self.heartbeat.is_lost)
        return lost


def test_redis_is_silent_when_beats_are_missing_and_its_connection_lost_after_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    beats = Beats()
    assert not any(beats.send(5, comes_back=True))
    assert not any(beats.send(SILENT_BEATS, comes_back=False))
    assert not beats.health.is_silent, "the last one may be on its way"
    beats.send(1, comes_back=False)
    assert beats.health.is_silent and not caplog.messages, "the machine may be busy"
    lost = beats.send(2 * LOST_BEATS - SILENT_BEATS - 1, comes_back=False)
    assert lost.count(True) == 2, "again and again"
    assert caplog.messages == [f"Redis fails: {SILENT}."]
    assert FAILED_BEATS < LOST_BEATS
    beats.send(1, comes_back=True)
    beats.send(1, comes_back=True)
    assert not beats.health.is_silent


def test_a_process_that_was_paused_misses_no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = Beats()
    beats.send(3, comes_back=True)
    later = time.monotonic() + 3600
    monkeypatch.setattr(health.time, "monotonic", lambda: later)
    beats.send(1, comes_back=True)
    assert not beats.health.is_silent


def test_without_a_connection_redis_is_silent_at_once() -> None:
    beats = Beats()
    beats.heartbeat.next(is_down=True)
    assert beats.health.is_silent
