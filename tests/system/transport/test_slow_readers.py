"""Requests of a reader that does not read wait until it does, so that memory stays bounded."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, suppress

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.raw import ENGINE, Tcp, open_session
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.transport.conftest import Memory
from tests.system.transport.slow import Slow

pytestmark = pytest.mark.system

VERY_LONG = "/tokens 100000 /rate 100000"
JOINS = 2000
WATCHED_SECONDS = 2
MAX_GROWTH = 40_000_000  # unpatched, it grew by 100 MB a second without end


def assert_memory_stays_small(memory: Memory, before: int) -> None:
    """Watch the server's memory for as long as an unpatched server needs to grow."""
    deadline = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < deadline:
        assert memory() - before < MAX_GROWTH
        time.sleep(0.05)


@pytest.fixture(scope="module")
def long_answer(server: Server, cast: Cast, database: Database) -> str:
    """A conversation with an answer of some 500 kB; the kernel buffers 300 kB at most."""
    conversation = database.conversation(cast.olive)
    reader = Reader(cast.olive.token, conversation)
    reader.connect(server.url)
    reply = reader.send(VERY_LONG)["reply"]
    eventually(lambda: reader.shows(reply, "complete"), 30)
    reader.close()
    assert len(database.message(reply).content) > 400_000
    return conversation


def test_joins_in_a_loop_without_reading_take_no_memory(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    """Unpatched, 90 kB of such requests make the server grow to 640 MB."""
    before = memory()
    with Slow(server.url) as slow:
        slow.sign_in(cast.olive.token)
        slow.sock.settimeout(1)
        with suppress(TimeoutError):  # the server stops reading, too
            for number in range(JOINS):
                slow.join(long_answer, have={f"unknown{number}": 1})
        assert_memory_stays_small(memory, before)


def test_a_request_is_not_handled_before_the_previous_response_is_read(
    server: Server, cast: Cast, database: Database, long_answer: str
) -> None:
    """The second of two joins includes changes made until the response of the first was read."""
    with Slow(server.url) as slow, Transport(server.url) as quick:
        slow.sign_in(cast.olive.token)
        for number in range(2):
            slow.join(long_answer, have={f"unknown{number}": 1})
        assert quick.connect(token=cast.olive.token) == "0"
        for number in range(5):  # by then the second one would have been handled
            request = {"conversation": long_answer, "have": {f"other{number}": 1}}
            assert cast.max.name not in str(quick.ask("join", request))
        database.add_member(long_answer, cast.max)
        assert cast.max.name not in slow.until("43/conversations,1")
        assert cast.max.name in slow.until("43/conversations,1"), "it was handled too soon"


def test_joins_by_posts_without_polling_take_no_memory(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    before = memory()
    with ExitStack() as posts:

        def post(packet: str) -> Tcp:
            caller: Tcp = posts.enter_context(Tcp(server.url))
            caller.request("POST", path, packet)
            return caller

        connect = post("40/conversations," + json.dumps({"token": cast.olive.token}))
        assert " 200 " in connect.head()
        for number in range(100):
            request = {"conversation": long_answer, "after": 0, "have": {f"unknown{number}": 1}}
            post("42/conversations,1" + json.dumps(["join", request]))
        assert_memory_stays_small(memory, before)
