"""Who is sent away does not read on, however slowly: not even what was on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.raw import Poller, Tcp
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.transport import Transport
from tests.support.waiting import eventually
from tests.system.security.scenario import Scenario
from tests.system.transport.slow import Slow, SlowTcp

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

FLOOD = "/tokens 200000 /rate 40000"  # 200 kB a second, for five
WAITING = 450_000  # more than the kernel keeps for a connection
SLOWLY_SECONDS = 1.5
MOST_LATE_BYTES = 40_000  # what the reader's own machine may have taken already

Taking = Callable[[Scenario, str, Cast], None]


def revoke(scenario: Scenario, _where: str, cast: Cast) -> None:
    scenario.run("token", "revoke", cast.max.email, "laptop")


def remove(scenario: Scenario, where: str, cast: Cast) -> None:
    scenario.run("members", "remove", where, cast.max.email)


def nothing(slow: Tcp) -> bytes:
    """Read nothing; OSError once the connection has ended."""
    time.sleep(0.05)
    slow.sock.send(b"\x8a\x80\0\0\0\0")  # a pong that nobody has asked for
    return b""


def a_trickle(slow: Tcp) -> bytes:
    """Read a little; OSError once the connection has ended."""
    time.sleep(0.02)
    part = slow.sock.recv(100)
    if not part:
        raise ConnectionResetError
    return part


@pytest.fixture
def flood(
    database: Database, cast: Cast, read: Callable[..., Reader]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """The id of a conversation, and what begins a long and fast answer in it and waits a while."""
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)

    def begin() -> None:
        reply = olive.send(FLOOD)["reply"]
        eventually(lambda: olive.has_text(reply))
        eventually(lambda: len(olive.message(reply).content) > WAITING)

    yield where, begin


def late_bytes(slow: Tcp, take: Callable[[Tcp], bytes]) -> int:
    """Return how many bytes still come from here on; by then the connection must have ended."""
    deadline, late = time.monotonic() + SLOWLY_SECONDS, 0
    with suppress(OSError):
        while time.monotonic() < deadline:
            late += len(take(slow))
    slow.sock.settimeout(0.5)  # what is in this machine already is there at once
    return late + len(slow.rest())


@pytest.mark.parametrize("take", [nothing, a_trickle])
@pytest.mark.parametrize("end", [revoke, remove])
def test_a_websocket_that_is_read_slowly_ends(
    scenario: Scenario,
    server: Server,
    cast: Cast,
    flood: tuple[str, Callable[[], None]],
    end: Taking,
    take: Callable[[Tcp], bytes],
) -> None:
    where, begin = flood
    with Slow(server.url) as slow, Transport(server.url) as quick:
        slow.sign_in(scenario.token)
        slow.join(where)
        slow.until("43/conversations,1")
        assert quick.connect(token=cast.olive.token) == "0"
        assert quick.ask("join", {"conversation": where})["ok"]
        begin()
        end(scenario, where, cast)
        assert late_bytes(slow, take) < MOST_LATE_BYTES
        # Who lags when somebody is removed is cut, and comes back: anybody, on a busy machine.
        assert end is remove or not quick.is_disconnected, "the others stay"


@pytest.mark.parametrize("end", [revoke, remove])
def test_a_poll_that_is_read_slowly_ends(
    scenario: Scenario,
    server: Server,
    cast: Cast,
    flood: tuple[str, Callable[[], None]],
    end: Taking,
) -> None:
    where, begin = flood
    poller = Poller(server.url)
    poller.join(scenario.token, where)
    begin()
    with SlowTcp(server.url) as slow:
        slow.request("GET", poller.path)
        assert " 200 " in slow.head()
        end(scenario, where, cast)
        assert late_bytes(slow, a_trickle) < MOST_LATE_BYTES
