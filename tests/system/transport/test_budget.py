"""By default four megabytes may wait for a reader; with more it is disconnected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.raw import Poller
from tests.support.server import Server
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.transport.slow import Slow

pytestmark = pytest.mark.system

BUDGET = 4_000_000
KERNEL = 300_000  # bytes of a connection's packets that the kernel buffers
QUESTION = "/tokens 1 /rate 0 " + "\U0001f600" * 31_900  # 128 kB: four bytes each, not escaped
SHARE = 140_000  # of one question and its answer

IsCut = Callable[[], bool]


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
