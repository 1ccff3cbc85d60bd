"""Data on a WebSocket is limited and checked; errors are answered with close frames."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.support.cast import Cast
from tests.support.raw import BINARY, CLOSE, PING, PONG, TEXT, RawWebSocket, frame, open_session
from tests.support.server import Server
from tests.system.transport.conftest import KEPT, Memory, answer_seconds

pytestmark = pytest.mark.system

MEGABYTE = 1_000_000
LIMIT = 256_000
FRAGMENTS = 1000  # of 100 kB
TOO_BIG, PROTOCOL_ERROR, NOT_UTF_8, POLICY = 1009, 1002, 1007, 1008


def test_fragments_without_end_take_no_memory(server: Server, memory: Memory) -> None:
    """By itself Engine.IO limits frames, not messages."""
    before = memory()
    with RawWebSocket(server.url) as ws:
        ws.frame("4", TEXT, end=False)
        fragment = frame(b"a" * 100_000, 0, end=False)
        with suppress(OSError):  # it may be closed meanwhile
            for _ in range(FRAGMENTS):
                ws.sock.sendall(fragment)
        assert ws.is_over(5)
    assert memory() - before < FRAGMENTS * 100_000 / KEPT
    assert answer_seconds(server) < 5


@pytest.mark.alone
@pytest.mark.parametrize("fragment", [frame(b"", 0, end=False), frame(b"a", 0, end=False)])
def test_the_smallest_fragments_take_no_memory(
    server: Server, cast: Cast, memory: Memory, fragment: bytes
) -> None:
    """Tried twice at most: the server may do something else for the first time."""
    tries = (_growth(server, cast, memory, fragment) for _ in range(2))
    assert any(growth < 3 * MEGABYTE for growth in tries)


def _growth(server: Server, cast: Cast, memory: Memory, fragment: bytes) -> int:
    """Return how many bytes a server holds more after very many of these."""
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        before = memory()
        ws.frame("4", TEXT, end=False)
        ws.sock.sendall(fragment * 100_000)
        ws.frame("still here?", PING)
        ws.sock.settimeout(30)
        assert ws.receive() == (PONG, b"still here?")
        return memory() - before


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_message_that_is_too_big_closes_with_1009(server: Server, pieces: int) -> None:
    with RawWebSocket(server.url) as ws:
        size = LIMIT // pieces + 1
        for piece in range(pieces):
            ws.frame(b"4" * size, 0 if piece else TEXT, end=piece == pieces - 1)
        assert ws.close_code() == TOO_BIG


def test_a_message_may_be_fragmented(server: Server) -> None:
    with RawWebSocket(server.url) as ws:
        ws.frame("40/conv", TEXT, end=False)
        ws.frame("well?", PING)
        ws.frame("ersations,", 0)
        assert ws.receive()[1].startswith(b"0{")
        assert ws.receive() == (PONG, b"well?")
        assert "unauthorized" in ws.until("44/conversations,")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (frame(b"\xff\xfe", TEXT), NOT_UTF_8),
        (frame(b"4\xed\xa0\x80", TEXT), NOT_UTF_8),
        (frame(b"4" + "é".encode()[:1], TEXT), NOT_UTF_8),
        (frame(b"", TEXT), PROTOCOL_ERROR),
        (frame(b"abc", TEXT), PROTOCOL_ERROR),
        (frame(b"b1", TEXT), PROTOCOL_ERROR),
        (frame(b"4" + b"[" * 200_000, TEXT), PROTOCOL_ERROR),
        (b"\xc1\x80\0\0\0\0", PROTOCOL_ERROR),  # marked as compressed, which was not negotiated
        (b"\x83\x80\0\0\0\0", PROTOCOL_ERROR),  # an unknown opcode
        (b"\x81\x01a", PROTOCOL_ERROR),  # not masked
        (frame(b"a" * 126, PING), PROTOCOL_ERROR),
        (frame(b"", PING, end=False), PROTOCOL_ERROR),
        (frame(b"4", 0), PROTOCOL_ERROR),  # continues nothing
        (frame(b"4", TEXT, end=False) + frame(b"4", TEXT), PROTOCOL_ERROR),
        (frame(b"\0", CLOSE), PROTOCOL_ERROR),
        (frame(b"\x03\xec", CLOSE), PROTOCOL_ERROR),  # 1004 is a reserved code
    ],
)
def test_malformed_data_closes_with_a_code_and_nothing_follows(
    server: Server, bad: bytes, code: int
) -> None:
    with RawWebSocket(server.url) as ws:
        assert ws.receive()[1].startswith(b"0{")
        ws.sock.sendall(bad)
        rest = ws.rest()
    assert rest[:1] == bytes([128 | CLOSE]), rest
    assert int.from_bytes(rest[2:4]) == code
    assert len(rest) == 2 + rest[1], "something follows the close frame"


def test_a_close_frame_is_answered_at_once(server: Server) -> None:
    with RawWebSocket(server.url) as ws:
        ws.frame((1000).to_bytes(2), CLOSE)
        assert ws.close_code() == 1000
        assert ws.is_over(0.5), "the connection is still open"


def test_compression_is_not_negotiated(server: Server) -> None:
    extension = "permessage-deflate; client_max_window_bits"
    with RawWebSocket(server.url, Sec_WebSocket_Extensions=extension) as ws:
        assert " 101 " in ws.answer
        assert "extensions" not in ws.answer.lower()


@pytest.mark.parametrize(
    "changed", [{"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Version": "8"}]
)
def test_an_invalid_handshake_is_refused(server: Server, changed: dict[str, str]) -> None:
    with RawWebSocket(server.url, **changed) as ws:
        assert " 426 " in ws.answer


def test_a_second_websocket_of_a_session_is_refused(tight: Server) -> None:
    """By itself Engine.IO lets a session that is never upgraded hold any number of them."""
    session = open_session(tight.url)
    with RawWebSocket(tight.url, session) as first:
        first.frame("2probe")
        assert first.receive() == (TEXT, b"3probe"), "the first one was not served"
        with RawWebSocket(tight.url, session) as second:
            assert second.close_code() == POLICY
        first.frame("still here?", PING)
        assert first.receive() == (PONG, b"still here?")


def test_a_websocket_that_is_never_upgraded_ends_with_its_session(server: Server) -> None:
    with RawWebSocket(server.url, open_session(server.url)) as ws:
        ws.frame("2probe")
        assert ws.is_over(4), "the session, which never signs in, has not ended"


def test_binary_frames_close_the_connection(server: Server) -> None:
    with RawWebSocket(server.url) as ws:
        ws.frame(b"\0\1", BINARY)
        assert ws.close_code() == 1000
