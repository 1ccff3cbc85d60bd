"""Who asks and doesn't read is not answered until they do: the memory stays as it is."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest

from tests.support.cast import Cast
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.tcp import ENGINE, Tcp, open_session
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.guards.conftest import Memory
from tests.system.guards.slow import LONG, Slow, SlowTcp

pytestmark = pytest.mark.system

JOINS = 2000
WATCHED_SECONDS = 2
GROWTH = 40_000_000  # unguarded, it grew by 100 MB a second and went on


def stays_small(memory: Memory, before: int) -> None:
    """Watch the server for as long as it would have needed to grow."""
    deadline = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < deadline:
        assert memory() - before < GROWTH
        time.sleep(0.05)


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


def test_a_state_is_not_made_before_the_last_one_is_taken(
    server: Server, cast: Cast, records: Records, long_answer: str
) -> None:
    """Asked for twice at once, the second is as it is when the first has been read."""
    with Slow(server.url) as slow, Transport(server.url) as quick:
        slow.sign_in(cast.olive.token)
        for number in range(2):
            slow.join(long_answer, have={f"unknown{number}": 1})
        assert quick.connect(token=cast.olive.token) == "0"
        for number in range(5):  # by then the second was answered, too, if it ever is so soon
            wish = {"conversation": long_answer, "have": {f"other{number}": 1}}
            assert cast.max.name not in str(quick.ask("join", wish))
        records.admit(long_answer, cast.max)
        assert cast.max.name not in slow.until("43/conversations,1")
        assert cast.max.name in slow.until("43/conversations,1"), "it was made too soon"


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
