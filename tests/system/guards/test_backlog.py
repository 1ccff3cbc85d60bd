"""A reader for whom too much waits is cut off, comes back and catches up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from tests.support.cast import Cast, appear
from tests.support.raw import CONNECT
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.tcp import ENGINE, Tcp, open_session
from tests.support.waiting import eventually
from tests.system.guards.conftest import Start
from tests.system.guards.slow import LONG, Slow

pytestmark = pytest.mark.system

JOIN = "42/conversations,1"


def nothing(slow: Slow) -> None:
    """Read nothing at all."""
    time.sleep(0.05)


def a_trickle(slow: Slow) -> None:
    """Read a little, and answer pings that may or may not have come."""
    slow.sock.recv(100)
    slow.frame("3")
    time.sleep(0.05)


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def strict(request: pytest.FixtureRequest, start: Start) -> Server:
    """A server with a small budget."""
    return start(ASYNC_MODE=request.param, BACKLOG_BYTES="500000", SIGN_IN_SECONDS="10")


@pytest.fixture(scope="module")
def strict_records(strict: Server) -> Records:
    """Its database."""
    return Records.at(strict.database_url)


@pytest.fixture(scope="module")
def strict_cast(strict_records: Records) -> Cast:
    """Everybody, in it."""
    with strict_records.app.app_context():
        return appear()


@pytest.mark.parametrize("read", [nothing, a_trickle])
def test_over_its_budget_a_connection_is_cut(
    strict: Server, strict_cast: Cast, strict_records: Records, read: Callable[[Slow], None]
) -> None:
    olive = strict_cast.olive
    conversation = strict_records.conversation(olive)
    asker = Reader(olive.token, conversation)
    asker.connect(strict.url)
    with Slow(strict.url) as slow:
        slow.sign_in(olive.token)
        slow.join(conversation)
        slow.until("43/conversations,1")
        for _ in range(4):
            asker.send(LONG)
        eventually(lambda: is_cut(slow, read), 30, "it still waits")
    late = Reader(olive.token, conversation)
    late.connect(strict.url)
    eventually(lambda: is_told(strict_records, conversation), 60)
    last = strict_records.messages(conversation)[-1]
    eventually(lambda: late.shows(last.id, "complete"), 20)
    assert late.message(last.id).content == last.content
    asker.close()
    late.close()


def test_over_its_budget_a_session_that_does_not_poll_ends(
    strict: Server, strict_cast: Cast, strict_records: Records
) -> None:
    olive = strict_cast.olive
    conversation = strict_records.conversation(olive)
    asker = Reader(olive.token, conversation)
    asker.connect(strict.url)
    path = f"{ENGINE}polling&sid={open_session(strict.url)}"
    wish = ["join", {"conversation": conversation, "after": 0}]
    for packet in (CONNECT + json.dumps({"token": olive.token}), JOIN + json.dumps(wish)):
        assert post(strict, path, packet) == "200"
    for _ in range(2):
        asker.send(LONG)
    eventually(lambda: post(strict, path, "3") == "400", 30, "it still waits")
    asker.close()


def post(server: Server, path: str, packet: str) -> str:
    """Return the status of a post."""
    with Tcp(server.url) as tcp:
        tcp.request("POST", path, packet)
        return tcp.head().split()[1]


def is_told(records: Records, conversation: str) -> bool:
    """Have all questions been answered?"""
    statuses = [message.status for message in records.messages(conversation)]
    return len(statuses) == 8 and set(statuses) == {"complete"}


def is_cut(slow: Slow, read: Callable[[Slow], None]) -> bool:
    """Has the server reset the connection?"""
    try:
        read(slow)
        slow.frame("3")
    except OSError:
        return True
    return False
