"""A connection that its client resets leaves no descriptor behind, whenever that is."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from app.transport.tcp import RESET_ON_CLOSE
from tests.support.cast import Cast
from tests.support.raw import ENGINE, RawWebSocket, Tcp, open_session
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

CALLERS = 40
FEW = 10  # descriptors that a server may open meanwhile: for its database, its log


def after_a_head(server: Server, cast: Cast) -> Tcp:
    caller = Tcp(server.url)
    caller.request("GET", "/login")
    assert " 200 " in caller.head()
    return caller


def after_a_request(server: Server, cast: Cast) -> Tcp:
    caller = Tcp(server.url)
    caller.request("GET", "/login")
    return caller


def in_a_body(server: Server, cast: Cast) -> Tcp:
    caller = Tcp(server.url)
    caller.request("POST", "/login", Content_Length="1000")
    return caller


def in_a_poll(server: Server, cast: Cast) -> Tcp:
    caller = Tcp(server.url)
    caller.request("GET", f"{ENGINE}polling&sid={open_session(server.url)}")
    return caller


def on_a_web_socket(server: Server, cast: Cast) -> Tcp:
    caller = RawWebSocket(server.url)
    caller.sign_in(cast.olive.token)
    return caller


def in_a_frame(server: Server, cast: Cast) -> Tcp:
    caller = RawWebSocket(server.url)
    caller.frame("4", end=False)
    return caller


@pytest.mark.parametrize(
    "begin",
    [after_a_head, after_a_request, in_a_body, in_a_poll, on_a_web_socket, in_a_frame],
    ids=lambda begin: begin.__name__,
)
def test_a_reset_leaves_no_descriptor(
    server: Server, cast: Cast, begin: Callable[[Server, Cast], Tcp]
) -> None:
    """By themselves both servers leave one until garbage is looked for: werkzeug's of each that is
    reset once its answer is written, eventlet's of each that is reset before."""
    before = server.descriptors
    for _ in range(CALLERS):
        with begin(server, cast) as caller:
            caller.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    eventually(lambda: server.descriptors < before + FEW, what="descriptors are left")
