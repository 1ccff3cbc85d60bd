"""Connections are limited by address and by user."""

from __future__ import annotations

import json

import pytest

from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.raw import CONNECT, ENGINE, RawWebSocket, Tcp
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.conftest import Start

pytestmark = pytest.mark.system

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


def answers(server: Server, source: str) -> bool:
    """Return whether the server answers this address."""
    with Tcp(server.url, source) as tcp:
        try:
            tcp.request("GET", "/healthz", Connection="close")
            return b" 200 " in tcp.rest()
        except OSError:
            return False


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_connections_of_an_address_are_limited(start: Start, mode: str) -> None:
    server = start(ASYNC_MODE=mode, MAX_CONNECTIONS_PER_ADDRESS="3", SILENCE_SECONDS="30")
    eventually(lambda: answers(server, HERE))
    held = [Tcp(server.url, HERE) for _ in range(3)]
    assert not answers(server, HERE)
    assert answers(server, ELSEWHERE), "another address is refused"
    held.pop().sock.close()
    eventually(lambda: answers(server, HERE))
    for tcp in held:
        tcp.sock.close()


def test_sessions_of_an_address_are_limited_which_a_proxys_header_gives(start: Start) -> None:
    """A session that polls holds no connection."""
    server = start(MAX_CONNECTIONS_PER_ADDRESS="2", TRUSTED_PROXIES="1", SIGN_IN_SECONDS="30")

    def status(forwarded: str) -> str:
        with Tcp(server.url) as tcp:
            tcp.request("GET", f"{ENGINE}polling", X_Forwarded_For=forwarded)
            return tcp.head().split()[1]

    assert [status("198.51.100.1") for _ in range(3)] == ["200", "200", "401"]
    assert status("203.0.113.9, 198.51.100.1") == "401", "the client's own header was believed"
    assert status("198.51.100.2") == "200"


def test_connections_of_a_user_are_limited(start: Start) -> None:
    server = start(MAX_CONNECTIONS_PER_USER="2")
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
        eventually(lambda: is_admitted(server, cast.olive.token))


def is_admitted(server: Server, token: str) -> bool:
    """Return whether this user can connect."""
    with RawWebSocket(server.url) as ws:
        ws.frame(CONNECT + json.dumps({"token": token}))
        return "sid" in ws.until("4")
