"""What waits for a reader is limited, by WebSocket and by polling."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.raw import Poller, Tcp
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.transport.slow import LONG, Slow, SlowTcp

pytestmark = pytest.mark.system

BUDGET = 4_000_000
KERNEL = 300_000  # bytes of a connection's packets that the kernel buffers
QUESTION = "/tokens 1 /rate 0 " + "\U0001f600" * 31_900  # 128 kB: four bytes each, not escaped
SHARE = 140_000  # of one question and its answer
IsCut = Callable[[], bool]
LARGE = "/tokens 80000 /rate 100000"  # some 400 kB


def read_nothing(slow: Slow) -> None:
    """Read nothing at all."""
    time.sleep(0.05)


def read_a_little(slow: Slow) -> None:
    """Read a little, and send pongs."""
    slow.sock.recv(100)
    slow.frame("3")
    time.sleep(0.05)


@pytest.mark.parametrize("read", [read_nothing, read_a_little])
def test_a_connection_over_its_budget_is_cut(
    tight: Server,
    tight_cast: Cast,
    tight_database: Database,
    asker: Reader,
    read: Callable[[Slow], None],
) -> None:
    olive, conversation = tight_cast.olive, asker.log.conversation
    with Slow(tight.url) as slow:
        slow.sign_in(olive.token)
        slow.join(conversation)
        slow.until("43/conversations,1")
        for _ in range(4):
            asker.send(LONG)
        eventually(lambda: is_cut(slow, read), 30, "it was not cut")
    late = Reader(olive.token, conversation)
    late.connect(tight.url)
    eventually(lambda: are_answered(tight_database, conversation), 60)
    last = tight_database.messages(conversation)[-1]
    eventually(lambda: late.shows(last.id, "complete"), 20)
    assert late.message(last.id).content == last.content
    late.close()


def are_answered(database: Database, conversation: str) -> bool:
    """Have all questions been answered?"""
    statuses = [message.status for message in database.messages(conversation)]
    return len(statuses) == 8 and set(statuses) == {"complete"}


def is_cut(slow: Slow, read: Callable[[Slow], None]) -> bool:
    """Has the server reset the connection?"""
    try:
        read(slow)
        slow.frame("3")
    except OSError:
        return True
    return False


@contextmanager
def by_websocket(server: Server, token: str, where: str) -> Iterator[IsCut]:
    """Join and read nothing more; yield whether the connection has been reset."""
    with Slow(server.url) as slow:
        slow.sign_in(token)
        slow.join(where)
        slow.until("43/conversations,1")

        def is_cut() -> bool:
            try:
                slow.frame("3")
            except OSError:
                return True
            return False

        yield is_cut


@contextmanager
def by_polling(server: Server, token: str, where: str) -> Iterator[IsCut]:
    """Join and never poll; yield whether the session has ended."""
    poller = Poller(server.url)
    poller.join(token, where)
    yield lambda: poller.post("3") == "400"


@pytest.mark.parametrize(("connect", "buffered"), [(by_websocket, KERNEL), (by_polling, 0)])
def test_a_reader_is_disconnected_when_more_than_four_megabytes_wait(
    connect: Callable[..., object],
    buffered: int,
    server: Server,
    cast: Cast,
    database: Database,
) -> None:
    where = database.conversation(cast.olive, cast.max)
    with Transport(server.url) as quick, connect(server, cast.max.token, where) as is_cut:  # type: ignore[attr-defined]
        assert quick.connect(token=cast.olive.token) == "0"
        assert quick.ask("join", {"conversation": where})["ok"]
        question = ["send", {"conversation": where, "content": QUESTION}]

        def ask_until(sent: int) -> None:
            while sum(len(each.text.encode()) for each in list(quick.packets)) < sent:
                seen = len(quick.times_of("streaming_end"))
                quick.wire.send("42/conversations," + json.dumps(question, ensure_ascii=False))
                eventually(lambda seen=seen: len(quick.times_of("streaming_end")) > seen)

        ask_until(BUDGET - 2 * SHARE)
        assert not is_cut(), "it was cut too soon"
        assert quick.ask("leave", {"conversation": "a" * 32})["ok"]
        assert not is_cut()
        ask_until(BUDGET + buffered + SHARE)
        eventually(is_cut, 5, "it was not cut")


def test_a_session_that_does_not_poll_ends_over_its_budget(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    for _ in range(2):
        asker.send(LONG)
    eventually(lambda: poller.post("3") == "400", 30, "it has not ended")


def test_the_response_of_a_poll_counts_until_it_is_read(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    reply = asker.send(LARGE)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    with SlowTcp(tight.url) as poll:
        poll.request("GET", poller.path)
        assert " 200 " in poll.head()
        assert poller.post("3") == "200"
        asker.send(LARGE)  # less than the budget by itself
        eventually(lambda: is_reset(poll), 20, "it was not reset")


def test_a_second_poll_ends_the_session_while_the_first_response_is_not_read(
    asker: Reader, tight: Server, tight_cast: Cast
) -> None:
    """Otherwise each poll would hold a response with everything that waits."""
    reply = asker.send(LARGE)["reply"]
    eventually(lambda: asker.shows(reply, "complete"))
    poller = Poller(tight.url)
    poller.join(tight_cast.olive.token, asker.log.conversation)
    with SlowTcp(tight.url) as first, Tcp(tight.url) as second:
        first.request("GET", poller.path)
        assert " 200 " in first.head()
        second.request("GET", poller.path)
        assert " 400 " in second.head(), "the session has not ended"


def is_reset(tcp: Tcp) -> bool:
    """Return whether the server has reset the connection."""
    try:
        tcp.sock.send(b"\n")
    except OSError:
        return True
    return False
