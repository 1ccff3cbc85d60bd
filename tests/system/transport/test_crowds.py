"""Nobody takes all the places: neither one address nor one user."""

from __future__ import annotations

import json

import pytest

from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.raw import CONNECT, ENGINE, RawWebSocket, Tcp, open_session
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.conftest import Start

pytestmark = pytest.mark.system

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


def answers(server: Server, source: str) -> bool:
    """Does the server talk to this address?"""
    with Tcp(server.url, source) as tcp:
        try:
            tcp.request("GET", "/healthz", Connection="close")
            return b" 200 " in tcp.rest()
        except OSError:
            return False


BOTH = pytest.mark.parametrize("mode", ["eventlet", "threading"])


@BOTH
def test_an_address_has_so_many_connections(start: Start, mode: str) -> None:
    server = start(ASYNC_MODE=mode, MAX_CONNECTIONS_PER_ADDRESS="3", SILENCE_SECONDS="30")
    eventually(lambda: answers(server, HERE))
    held = [Tcp(server.url, HERE) for _ in range(3)]
    assert not answers(server, HERE)
    assert answers(server, ELSEWHERE), "the others are not concerned"
    held.pop().sock.close()
    eventually(lambda: answers(server, HERE))
    for tcp in held:
        tcp.sock.close()


@BOTH
def test_an_address_has_so_many_sessions(start: Start, mode: str) -> None:
    """Sessions that poll hold no connection."""
    server = start(ASYNC_MODE=mode, MAX_CONNECTIONS_PER_ADDRESS="3", SIGN_IN_SECONDS="30")
    for _ in range(3):
        open_session(server.url)
    with Tcp(server.url) as tcp:
        tcp.request("GET", f"{ENGINE}polling")
        assert " 401 " in tcp.head()


@BOTH
def test_behind_a_proxy_addresses_are_what_it_says(start: Start, mode: str) -> None:
    server = start(
        ASYNC_MODE=mode, MAX_CONNECTIONS_PER_ADDRESS="2", TRUSTED_PROXIES="1", SIGN_IN_SECONDS="30"
    )

    def status(forwarded: str) -> str:
        with Tcp(server.url) as tcp:
            tcp.request("GET", f"{ENGINE}polling", X_Forwarded_For=forwarded)
            return tcp.head().split()[1]

    assert [status("198.51.100.1") for _ in range(3)] == ["200", "200", "401"]
    assert status("203.0.113.9, 198.51.100.1") == "401", "what the client wrote is not believed"
    assert status("198.51.100.2") == "200"


@BOTH
def test_a_user_has_so_many_connections(start: Start, mode: str) -> None:
    server = start(ASYNC_MODE=mode, MAX_CONNECTIONS_PER_USER="2")
    database = Database.at(server.database_url)
    with database.app.app_context():
        cast = create_cast()
    with RawWebSocket(server.url) as first, RawWebSocket(server.url) as second:
        first.sign_in(cast.olive.token)
        second.sign_in(cast.olive.token)
        with RawWebSocket(server.url) as third:
            third.frame(CONNECT + json.dumps({"token": cast.olive.token}))
            assert "rate_limited" in third.until("44/conversations,")
        with RawWebSocket(server.url) as other:
            other.sign_in(cast.max.token)
        first.sock.close()
        eventually(lambda: is_let_in(server, cast.olive.token))


def is_let_in(server: Server, token: str) -> bool:
    """Is there a place for this user?"""
    with RawWebSocket(server.url) as ws:
        ws.frame(CONNECT + json.dumps({"token": token}))
        return "sid" in ws.until("4")
