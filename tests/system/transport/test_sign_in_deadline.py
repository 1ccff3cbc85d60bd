"""Connections that send nothing or never sign in are closed, and delay no other."""

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


def test_silent_connections_do_not_delay_others_and_are_closed(server: Server) -> None:
    """By itself eventlet's server serves 1,024 connections at once."""
    silent = [Tcp(server.url) for _ in range(SILENT)]
    try:
        eventually(lambda: answer_seconds(server) < 1)  # starting a thread for each takes a while
        assert silent[-1].is_over(6), "it was not closed"
    finally:
        for tcp in silent:
            tcp.sock.close()


def test_a_connection_with_half_a_request_is_closed(server: Server) -> None:
    with Tcp(server.url) as tcp:
        tcp.sock.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        assert tcp.is_over(6)


@pytest.mark.parametrize("packets", [[], ["40/elsewhere,"], ["40"], ["40/conversations,"]])
def test_a_websocket_that_never_signs_in_is_closed(server: Server, packets: list[str]) -> None:
    with RawWebSocket(server.url) as ws:
        for packet in packets:
            ws.frame(packet)
        assert ws.is_over(SIGN_IN_SECONDS + 2)


def test_a_refused_reader_can_still_sign_in_before_the_deadline(server: Server, cast: Cast) -> None:
    with RawWebSocket(server.url) as ws:
        ws.frame("40/conversations,")
        ws.until("44/conversations,")
        ws.sign_in(cast.olive.token)
        assert not ws.is_over(SIGN_IN_SECONDS + 1), "it was closed though it had signed in"


def test_pongs_do_not_extend_the_sign_in_deadline(server: Server) -> None:
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
        assert b"\r\n1" in tcp.rest(), "the poll ends with a close packet"
    with Tcp(server.url) as tcp:
        tcp.request("GET", path)
        assert " 400 " in tcp.head()


def test_a_reader_that_leaves_the_namespace_is_closed(server: Server, cast: Cast) -> None:
    with RawWebSocket(server.url) as ws:
        ws.sign_in(cast.olive.token)
        ws.frame("41/conversations,")
        assert ws.is_over(2 * SIGN_IN_SECONDS + 2)
