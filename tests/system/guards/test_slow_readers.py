"""What waits for a reader who doesn't read is limited; the reader comes back and catches up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support.cast import Cast, appear
from tests.support.raw import RawWebSocket
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.tcp import ENGINE, Tcp, open_session
from tests.support.waiting import eventually
from tests.system.guards.conftest import Memory, Start

pytestmark = pytest.mark.system

JOINS = 2000
WATCHED_SECONDS = 5
GROWTH = 40_000_000  # unguarded, it grew by 490 MB in this time and went on
LONG = "/tokens 60000 /rate 0"


def stays_small(memory: Memory, before: int) -> None:
    """Watch the server for as long as it would have needed to grow."""
    deadline = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < deadline:
        assert memory() - before < GROWTH
        time.sleep(0.05)


class Slow(RawWebSocket):
    """A reader with little room of its own, so that what it doesn't read waits on the server."""

    receive_buffer = 4096

    def join(self, conversation: str, **more: object) -> None:
        wish = {"conversation": conversation, "after": 0, **more}
        self.frame("42/conversations,1" + json.dumps(["join", wish]))


@pytest.fixture(scope="module")
def long_answer(server: Server, cast: Cast, records: Records) -> str:
    """A conversation with an answer of some 300 kB."""
    conversation = records.conversation(cast.olive)
    reader = Reader(cast.olive.token, conversation)
    reader.connect(server.url)
    reply = reader.send(LONG)["reply"]
    eventually(lambda: reader.shows(reply, "complete"), 30)
    reader.close()
    assert len(records.message(reply).content) > 200_000
    return conversation


def test_joining_in_a_loop_without_reading(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    """90 KB of such requests once grew the server to 640 MB."""
    before = memory()
    with Slow(server.url) as slow:
        slow.sign_in(cast.olive.token)
        slow.sock.settimeout(1)
        with suppress(TimeoutError):  # it isn't read from while it doesn't read
            for number in range(JOINS):
                slow.join(long_answer, have={f"unknown{number}": 1})
        stays_small(memory, before)


def test_joining_in_a_loop_by_posts_without_polling(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    session = open_session(server.url)
    posts: list[Tcp] = []
    before = memory()

    def post(packet: str) -> None:
        posts.append(Tcp(server.url))
        posts[-1].request("POST", f"{ENGINE}polling&sid={session}", packet)

    post("40/conversations," + json.dumps({"token": cast.olive.token}))
    assert " 200 " in posts[0].head()
    for number in range(100):
        wish = {"conversation": long_answer, "after": 0, "have": {f"unknown{number}": 1}}
        post("42/conversations,1" + json.dumps(["join", wish]))
    stays_small(memory, before)
    for tcp in posts:
        tcp.sock.close()


def test_polls_that_are_not_read_do_not_add_up(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    """Each poll takes all that waits: a second one waits for the first to be written."""
    session = open_session(server.url)
    path = f"{ENGINE}polling&sid={session}"
    with Tcp(server.url) as tcp:
        tcp.request("POST", path, "40/conversations," + json.dumps({"token": cast.olive.token}))
        assert " 200 " in tcp.head()
    with SlowTcp(server.url) as first, Tcp(server.url) as second:
        wish = ["join", {"conversation": long_answer, "after": 0}]
        with Tcp(server.url) as tcp:
            tcp.request("POST", path, "42/conversations,1" + json.dumps(wish))
            assert " 200 " in tcp.head()
        first.request("GET", path)
        assert " 200 " in first.head()
        second.request("GET", path)
        assert " 400 " in second.head(), "the session has ended"


class SlowTcp(Tcp):
    """A connection with little room of its own."""

    receive_buffer = 4096


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
