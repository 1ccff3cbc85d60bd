"""By default four megabytes may wait for a reader, to the byte, and it is cut at more."""

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
KERNEL = 300_000  # what the machine takes of a connection's packets
QUESTION = "/tokens 1 /rate 0 " + "\U0001f600" * 31_900  # 128 kB: four bytes each, not escaped
SHARE = 140_000  # of one question and its answer

IsCut = Callable[[], bool]


@contextmanager
def by_websocket(server: Server, token: str, where: str) -> Iterator[IsCut]:
    """Join and read nothing more; it may be asked whether the connection has been reset."""
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
    """Join and never poll; it may be asked whether the session has ended."""
    poller = Poller(server.url)
    poller.join(token, where)
    yield lambda: poller.post("3") == "400"


@pytest.mark.parametrize(("come", "taken"), [(by_websocket, KERNEL), (by_polling, 0)])
def test_four_megabytes_may_wait_and_no_more(
    come: Callable[..., object],
    taken: int,
    server: Server,
    cast: Cast,
    database: Database,
) -> None:
    where = database.conversation(cast.olive, cast.max)
    with Transport(server.url) as quick, come(server, cast.max.token, where) as is_cut:  # type: ignore[attr-defined]
        assert quick.connect(token=cast.olive.token) == "0"
        assert quick.ask("join", {"conversation": where})["ok"]
        question = ["send", {"conversation": where, "content": QUESTION}]

        def ask_until(sent: int) -> None:
            while sum(len(each.text.encode()) for each in list(quick.packets)) < sent:
                heard = len(quick.times_of("streaming_end"))
                quick.wire.send("42/conversations," + json.dumps(question, ensure_ascii=False))
                eventually(lambda heard=heard: len(quick.times_of("streaming_end")) > heard)

        ask_until(BUDGET - 2 * SHARE)
        assert not is_cut(), "it may still read on"
        assert quick.ask("leave", {"conversation": "a" * 32})["ok"]
        assert not is_cut()
        ask_until(BUDGET + taken + SHARE)
        eventually(is_cut, 5, "more waits for it than may")
