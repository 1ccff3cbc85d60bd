"""Pings are timed by a clock that nobody sets."""

from __future__ import annotations

import queue
import time

import engineio
import pytest
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE, Packet

from app.transport.backlog import measured
from app.transport.clock_jumps import SteadyPings
from app.transport.connection import Connection
from app.transport.overlapping_polls import ON_WRITTEN

TIMEOUT_SECONDS = 20
HOUR = 3600.0
BUDGET = 1000


@pytest.fixture
def waiting() -> SteadyPings:
    """A socket that has just been sent a ping."""
    server = engineio.Server(
        async_mode="threading", monitor_clients=False, ping_timeout=TIMEOUT_SECONDS
    )
    socket = SteadyPings(server, "a session")
    socket.last_ping = time.monotonic()
    return socket


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_the_wall_clock_does_not_count(
    waiting: SteadyPings, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert waiting.check_ping_timeout()
    assert not waiting.closed


def test_silence_counts(waiting: SteadyPings) -> None:
    assert waiting.last_ping is not None
    waiting.last_ping -= TIMEOUT_SECONDS + 1
    assert not waiting.check_ping_timeout()
    assert waiting.closed


def test_one_who_is_silent_is_not_served_when_it_asks_next(waiting: SteadyPings) -> None:
    server = waiting.server
    server._async = {**server._async, "queue": measured(queue.Queue, BUDGET)}
    server.backlog_bytes = BUDGET
    connection = Connection(server, "a session")
    connection.send(Packet(MESSAGE, "it would get this"))
    connection.last_ping = time.monotonic() - TIMEOUT_SECONDS - 1
    with pytest.raises(EngineIOError):
        connection.handle_get_request({ON_WRITTEN: []}, lambda *_: None)
    assert connection.closed
