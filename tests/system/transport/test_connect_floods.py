"""Repeated connects to the namespace bypass no limit and take no memory."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest

from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.raw import CONNECT, RawWebSocket
from tests.support.server import Server
from tests.system.transport.conftest import Memory, Start, answer_seconds

pytestmark = [pytest.mark.system, pytest.mark.counted]

LEAVE = "41/conversations,"
ALLOWED = 20
SIGN_IN_SECONDS = 1.5


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def limited(request: pytest.FixtureRequest, start: Start) -> Server:
    """A server that allows few events."""
    return start(
        ASYNC_MODE=request.param,
        LIMIT_EVENTS=f"{ALLOWED} per hour",
        SIGN_IN_SECONDS="10",
    )


@pytest.fixture(scope="module")
def limited_cast(limited: Server) -> Cast:
    """The cast, in its database."""
    with Database.at(limited.database_url).app.app_context():
        return create_cast()


def test_reconnecting_does_not_reset_the_event_limit(limited: Server, limited_cast: Cast) -> None:
    connect = CONNECT + json.dumps({"token": limited_cast.olive.token})
    ask = '42/conversations,1["conversations",{}]'
    answers = []
    with RawWebSocket(limited.url) as ws:
        for _ in range(ALLOWED):
            for packet in (connect, ask, LEAVE):
                ws.frame(packet)
        ws.frame("40/elsewhere,")
        while not (answer := ws.until("4")).startswith("44/elsewhere,"):
            answers.append(answer)
    assert sum('"ok":true' in answer for answer in answers) == ALLOWED / 2
    assert [answer for answer in answers if answer.startswith("44") and "rate_limited" in answer]


@pytest.mark.parametrize("token", ["", "nobody's"])
def test_refused_connects_end_at_the_sign_in_deadline(
    server: Server, memory: Memory, token: str
) -> None:
    """Packets that were received but not handled by then are dropped, without errors."""
    ask = CONNECT + json.dumps({"token": token})
    before, deadline = memory(), time.monotonic() + SIGN_IN_SECONDS + 5
    with RawWebSocket(server.url) as ws, suppress(OSError):
        ws.sock.settimeout(1)
        while time.monotonic() < deadline:
            for _ in range(100):
                ws.frame(ask)
    assert time.monotonic() < deadline, "it was not closed"
    assert answer_seconds(server) < 2
    assert memory() - before < 10_000_000
    assert "Traceback" not in server.output
