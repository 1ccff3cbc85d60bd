"""Who asks and doesn't read is not answered until they do: the memory stays as it is."""

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
GROWTH = 40_000_000  # unguarded, it grew by 100 MB a second and went on


def stays_small(memory: Memory, before: int) -> None:
    """Watch the server for as long as it would have needed to grow."""
    deadline = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < deadline:
        assert memory() - before < GROWTH
        time.sleep(0.05)


@pytest.fixture(scope="module")
def long_answer(server: Server, cast: Cast, database: Database) -> str:
    """A conversation with an answer of some 500 kB, of which the kernel takes 300 at most."""
    conversation = database.conversation(cast.olive)
    reader = Reader(cast.olive.token, conversation)
    reader.connect(server.url)
    reply = reader.send(VERY_LONG)["reply"]
    eventually(lambda: reader.shows(reply, "complete"), 30)
    reader.close()
    assert len(database.message(reply).content) > 400_000
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
    server: Server, cast: Cast, database: Database, long_answer: str
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
        database.admit(long_answer, cast.max)
        assert cast.max.name not in slow.until("43/conversations,1")
        assert cast.max.name in slow.until("43/conversations,1"), "it was made too soon"


def test_joining_in_a_loop_by_posts_without_polling(
    server: Server, cast: Cast, long_answer: str, memory: Memory
) -> None:
    path = f"{ENGINE}polling&sid={open_session(server.url)}"
    before = memory()
    with ExitStack() as posts:

        def post(packet: str) -> Tcp:
            caller: Tcp = posts.enter_context(Tcp(server.url))
            caller.request("POST", path, packet)
            return caller

        come = post("40/conversations," + json.dumps({"token": cast.olive.token}))
        assert " 200 " in come.head()
        for number in range(100):
            wish = {"conversation": long_answer, "after": 0, "have": {f"unknown{number}": 1}}
            post("42/conversations,1" + json.dumps(["join", wish]))
        stays_small(memory, before)
