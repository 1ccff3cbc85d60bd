"""Who is silent, and who never signs in, is sent away; nobody waits for them."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.raw import ENGINE, RawWebSocket, Tcp, open_session
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.conftest import answer_seconds

pytestmark = pytest.mark.system

SILENT = 1030
SIGN_IN_SECONDS = 1.5


def test_silent_connections_hold_nobody_up(server: Server) -> None:
    """1,024 of them once were all the places that there were."""
    silent = [Tcp(server.url) for _ in range(SILENT)]
    try:
        eventually(lambda: answer_seconds(server) < 1)  # a thread each takes its time to begin
        assert silent[-1].is_over(6), "silence ends a connection"
    finally:
        for tcp in silent:
            tcp.sock.close()


def test_half_a_request_is_silence_too(server: Server) -> None:
    with Tcp(server.url) as tcp:
        tcp.sock.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        assert tcp.is_over(6)


@pytest.mark.parametrize("words", [[], ["40/elsewhere,"], ["40"], ["40/conversations,"]])
def test_a_websocket_that_never_signs_in_is_closed(server: Server, words: list[str]) -> None:
    with RawWebSocket(server.url) as ws:
        for word in words:
            ws.frame(word)
        assert ws.is_over(SIGN_IN_SECONDS + 2)


def test_one_who_is_refused_may_sign_in_in_time(server: Server, cast: Cast) -> None:
    with RawWebSocket(server.url) as ws:
        ws.frame("40/conversations,")
        ws.until("44/conversations,")
        ws.sign_in(cast.olive.token)
        assert not ws.is_over(SIGN_IN_SECONDS + 1), "who has signed in stays"


def test_answering_pings_is_not_signing_in(server: Server) -> None:
    with RawWebSocket(server.url) as ws:
        assert ws.receive()[1].startswith(b"0{")
        for _ in range(20):
            ws.frame("3")
        ws.frame(b"", 9)
        assert ws.is_over(SIGN_IN_SECONDS + 2)


def test_a_session_that_polls_and_never_signs_in_is_closed(server: Server) -> None:
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    with Tcp(server.url) as tcp:
        tcp.request("GET", path, Connection="close")
        assert b"\r\n1" in tcp.rest(), "the poll ends with a goodbye"
    with Tcp(server.url) as tcp:
        tcp.request("GET", path)
        assert " 400 " in tcp.head()


def test_who_leaves_the_namespace_leaves(server: Server, cast: Cast) -> None:
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        ws.frame("41/conversations,")
        assert ws.is_over(2 * SIGN_IN_SECONDS + 2)
