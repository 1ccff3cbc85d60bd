"""After its access has ended, a slow reader receives at most what its own machine has buffered."""

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

FLOOD = "/tokens 200000 /rate 40000"  # 200 kB/s for five seconds
WAITING = 450_000  # more than the kernel buffers for a connection
SLOW_READ_SECONDS = 1.5
MOST_LATE_BYTES = 40_000  # what the reader's machine may have buffered

Revocation = Callable[[Scenario, str, Cast], None]


def revoke_token(scenario: Scenario, _where: str, cast: Cast) -> None:
    scenario.run("token", "revoke", cast.max.email, "laptop")


def remove_member(scenario: Scenario, where: str, cast: Cast) -> None:
    scenario.run("members", "remove", where, cast.max.email)


def read_nothing(slow: Tcp) -> bytes:
    """Read nothing; OSError once the connection has ended."""
    time.sleep(0.05)
    slow.sock.send(b"\x8a\x80\0\0\0\0")  # an unsolicited pong
    return b""


def read_a_little(slow: Tcp) -> bytes:
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
    """The id of a conversation, and a function that begins a fast answer in it and waits."""
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)

    def begin() -> None:
        reply = olive.send(FLOOD)["reply"]
        eventually(lambda: olive.has_text(reply))
        eventually(lambda: len(olive.message(reply).content) > WAITING)

    yield where, begin


def late_bytes(slow: Tcp, read_slowly: Callable[[Tcp], bytes]) -> int:
    """Return how many bytes still arrive; the connection must end within `SLOW_READ_SECONDS`."""
    deadline, late = time.monotonic() + SLOW_READ_SECONDS, 0
    with suppress(OSError):
        while time.monotonic() < deadline:
            late += len(read_slowly(slow))
    slow.sock.settimeout(0.5)  # what this machine has buffered arrives at once
    return late + len(slow.rest())


@pytest.mark.parametrize("read_slowly", [read_nothing, read_a_little])
@pytest.mark.parametrize("revocation", [revoke_token, remove_member])
def test_a_slowly_read_websocket_ends_when_access_ends(
    scenario: Scenario,
    server: Server,
    cast: Cast,
    flood: tuple[str, Callable[[], None]],
    revocation: Revocation,
    read_slowly: Callable[[Tcp], bytes],
) -> None:
    where, begin = flood
    with Slow(server.url) as slow, Transport(server.url) as quick:
        slow.sign_in(scenario.token)
        slow.join(where)
        slow.until("43/conversations,1")
        assert quick.connect(token=cast.olive.token) == "0"
        assert quick.ask("join", {"conversation": where})["ok"]
        begin()
        revocation(scenario, where, cast)
        assert late_bytes(slow, read_slowly) < MOST_LATE_BYTES
        # After a removal any reader that lags is cut, which on a busy machine may be this one.
        assert revocation is remove_member or not quick.is_disconnected, "it was disconnected"


@pytest.mark.parametrize("revocation", [revoke_token, remove_member])
def test_a_slowly_read_poll_ends_when_access_ends(
    scenario: Scenario,
    server: Server,
    cast: Cast,
    flood: tuple[str, Callable[[], None]],
    revocation: Revocation,
) -> None:
    where, begin = flood
    poller = Poller(server.url)
    poller.join(scenario.token, where)
    begin()
    with SlowTcp(server.url) as slow:
        slow.request("GET", poller.path)
        assert " 200 " in slow.head()
        revocation(scenario, where, cast)
        assert late_bytes(slow, read_a_little) < MOST_LATE_BYTES
