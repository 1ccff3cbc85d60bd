"""A session: its pings, and which connection is cut. Its budget and its waits are tried on real
servers in tests/system/transport."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import engineio
import pytest
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE, Packet
from wsproto.frame_protocol import CloseReason

from app.transport import tcp
from app.transport.backlog import counting_queue
from app.transport.polling import ON_WRITTEN
from app.transport.session import Session
from app.transport.tcp import TCP_SOCKET

TIMEOUT_SECONDS = 20
HOUR = 3600.0
BUDGET = 1000


@pytest.fixture
def session() -> Session:
    """A session that has just been sent a ping."""
    server = engineio.Server(
        async_mode="threading", monitor_clients=False, ping_timeout=TIMEOUT_SECONDS
    )
    server._async = {**server._async, "queue": counting_queue(queue.Queue, BUDGET)}
    server.backlog_bytes = BUDGET
    return Session(server, "a session")


@pytest.fixture
def resets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that were reset."""
    connections: list[Any] = []
    monkeypatch.setattr(tcp, "reset", connections.append)
    return connections


class FakeWebSocket:
    """A WebSocket on which nothing is received; `wait` runs a function first."""

    def __init__(self, wait: Callable[[], None] = lambda: None) -> None:
        self.socket = FakeConnection()
        self.close_codes: list[int] = []
        self._wait = wait

    def wait(self) -> None:
        self._wait()

    def send(self, message: str) -> None:
        """Nobody reads it."""

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        self.close_codes.append(code)


class FakeConnection(SimpleNamespace):
    """A TCP connection."""

    def settimeout(self, seconds: float) -> None:
        """It never waits."""

    def setsockopt(self, *_: int) -> None:
        """It has no kernel."""


def get(connection: object = None) -> dict[str, Any]:
    """Return the environ of a poll."""
    return {ON_WRITTEN: [], TCP_SOCKET: connection}


def test_what_is_sent_to_a_session_that_was_just_closed_is_dropped(session: Session) -> None:
    session.close()
    waiting = session.waiting_bytes
    session.send(Packet(MESSAGE, "to all readers"))
    assert session.waiting_bytes == waiting


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_setting_the_clock_does_not_time_out(
    session: Session, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert session.check_ping_timeout()
    assert not session.closed


def test_an_unanswered_ping_closes_the_session(session: Session) -> None:
    assert session.last_ping is not None
    session.last_ping -= TIMEOUT_SECONDS + 1
    assert not session.check_ping_timeout()
    assert session.closed


def test_a_reader_with_an_unanswered_ping_gets_no_answer_to_its_poll(session: Session) -> None:
    session.send(Packet(MESSAGE, "a secret"))
    session.last_ping = time.monotonic() - TIMEOUT_SECONDS - 1
    with pytest.raises(EngineIOError):
        session.handle_get_request(get(), lambda *_: None)
    assert session.closed


def test_a_polls_answer_counts_until_it_is_written(session: Session) -> None:
    session.send(Packet(MESSAGE, "text"))
    waiting, poll = session.waiting_bytes, get()
    assert len(session.handle_get_request(poll, lambda *_: None)) == 1
    assert session.waiting_bytes == waiting > 0
    for written in poll[ON_WRITTEN]:
        written()
    assert session.waiting_bytes == 0


def test_a_websocket_is_cut_and_not_a_connection_that_was_refused_or_polled(
    session: Session, resets: list[Any]
) -> None:
    session.connected = True
    second = FakeWebSocket()

    def upgrade() -> None:
        session.handle_get_request(get(FakeConnection()), lambda *_: None)
        session._websocket_handler(second)
        session.upgraded = True
        session.cut()

    first = FakeWebSocket(upgrade)
    session._websocket_handler(first)
    assert second.close_codes == [CloseReason.POLICY_VIOLATION]
    assert resets == [first.socket]


@pytest.mark.parametrize(("unsent", "is_reset"), [(1, True), (0, False)])
def test_a_polls_connection_is_reset_only_while_its_answer_is_sent(
    session: Session,
    resets: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    unsent: int,
    is_reset: bool,
) -> None:
    connection = FakeConnection()
    monkeypatch.setattr(tcp, "unsent_bytes", lambda _: unsent)
    session.send(Packet(MESSAGE, "text"))
    session.handle_get_request(get(connection), lambda *_: None)
    session.cut()
    assert resets == [connection] * is_reset
    assert session.closed
