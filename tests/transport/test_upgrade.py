"""A session that polls upgrades to a WebSocket: packets sent before, meanwhile and after arrive in
order, each once, by whichever way."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import engineio
import pytest
from engineio.packet import MESSAGE, NOOP, PONG, Packet
from wsproto.frame_protocol import CloseReason

from app.transport.backlog import counting_queue
from app.transport.frame_writer import FrameWriter
from app.transport.frames import encode_frame
from app.transport.session import Session

BUDGET = 10_000_000


class FakeConnection:
    """A connection that takes everything."""

    def __init__(self) -> None:
        self.received = bytearray()

    def sendmsg(self, frames: list[bytes], *_: object) -> int:
        self.received += frames[0]
        return len(frames[0])

    def shutdown(self, _how: int) -> None:
        """It has no other end."""

    def setsockopt(self, *_: object) -> None:
        """It has no kernel."""


class FakeWebSocket:
    """A WebSocket whose client says what `says` yields."""

    def __init__(self, says: Iterator[str | None], budget: int = BUDGET) -> None:
        self.socket = FakeConnection()
        self.writer = FrameWriter(self.socket, budget, lambda _: None)  # type: ignore[arg-type]
        self.failures: list[int] = []
        self._says = says

    def wait(self) -> str | None:
        return next(self._says, None)

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Nobody reads the frame."""

    def fail(self, code: int) -> None:
        self.failures.append(code)

    def abort(self) -> None:
        """Nobody reads."""


@pytest.fixture
def session() -> Session:
    """A session that polls."""
    server = engineio.Server(async_mode="threading", monitor_clients=False)
    server._async = {**server._async, "queue": counting_queue(queue.Queue, BUDGET)}
    server.backlog_bytes = BUDGET
    server.writers = {}
    session = Session(server, "a session")
    server.sockets[session.sid] = session
    session.connected = True
    return session


def send(session: Session, text: str) -> None:
    session.send(Packet(MESSAGE, text))


def frames(*texts: str) -> bytes:
    return b"".join(map(encode_frame, texts))


def upgrade(session: Session, says: Iterator[str | None]) -> FakeWebSocket:
    ws = FakeWebSocket(says)
    session._websocket_handler(ws)
    return ws


def test_packets_arrive_in_order_whenever_they_are_sent(session: Session) -> None:
    def says() -> Iterator[str | None]:
        send(session, "before the probe")
        yield "2probe"
        send(session, "meanwhile")
        yield "5"
        assert session.server.writers == {session.sid: session._writer}
        send(session, "after")
        yield None

    ws = upgrade(session, says())
    probe, noop = f"{PONG}probe", f"{NOOP}"
    expected = frames(probe, "4before the probe", noop, "4meanwhile", "4after")
    assert bytes(ws.socket.received) == expected
    assert session.closed and not session.server.writers


def test_what_is_sent_while_the_queue_is_written_comes_after_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = FakeWebSocket(iter([]))
    sending = threading.Thread(target=send, args=[session, "third"])
    write = session._write

    def write_and_be_overtaken(writer: FrameWriter, packet: Packet) -> None:
        write(writer, packet)
        if packet.data == "first":
            sending.start()
            sending.join(0.2)

    monkeypatch.setattr(session, "_write", write_and_be_overtaken)
    session.connected = False
    send(session, "first")
    send(session, "second")
    session._upgrade(ws)
    sending.join()
    assert bytes(ws.socket.received) == frames("4first", "4second", "4third")


def test_what_is_sent_at_the_moment_of_the_upgrade_is_not_lost(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = FakeWebSocket(iter([]))
    session.connected = False

    def upgrade_meanwhile() -> bool:
        session._upgrade(ws)
        return True

    monkeypatch.setattr(session, "check_ping_timeout", upgrade_meanwhile)
    send(session, "a text")
    assert bytes(ws.socket.received) == frames("4a text")


@pytest.mark.parametrize("says", [[], ["2"], ["5"], ["2probe"], ["2probe", "4no"], ["4"]])
def test_a_client_that_breaks_off_polls_on(session: Session, says: list[str]) -> None:
    upgrade(session, iter(says))
    assert not (session.upgraded or session.upgrading or session.closed)
    send(session, "by polling")
    assert [packet.data for packet in session.poll()][-1:] == ["by polling"]


@pytest.mark.parametrize("says", [["x"], ["2probe", ""], ["2probe", "5", "abc"]])
def test_text_that_is_no_packet_is_a_protocol_error(session: Session, says: list[str]) -> None:
    assert upgrade(session, iter(says)).failures == [CloseReason.PROTOCOL_ERROR]


def test_an_unknown_packet_is_ignored_and_an_error_ends_the_session(
    session: Session, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[Any] = []

    def receive(packet: Packet) -> None:
        received.append(packet.data)
        if packet.data == "fails":
            raise RuntimeError("unexpected")
        Session.receive(session, packet)

    monkeypatch.setattr(session, "receive", receive)
    upgrade(session, iter(["2probe", "5", "9", "4fails", "4not received"]))
    assert received == ["", "fails"]
    assert session.closed


def test_a_closed_session_is_sent_nothing(session: Session) -> None:
    session.close()
    send(session, "too late")
    assert session.queue.put_bytes == len(f"{NOOP}"), "only the packet that closes it"


def test_a_websocket_over_its_budget_is_cut(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[Any] = []
    monkeypatch.setattr(session.server, "start_background_task", cut.append)

    def says() -> Iterator[str | None]:
        yield "2probe"
        yield "5"
        ws.socket.sendmsg = refuse  # type: ignore[method-assign]
        ws.writer._sendmsg = refuse
        for _ in range(6):
            send(session, "a" * BUDGET)
        yield None

    def refuse(*_: object) -> int:
        raise BlockingIOError

    ws = FakeWebSocket(says())
    session._websocket_handler(ws)
    assert cut == [session.cut], "cut more than once"
