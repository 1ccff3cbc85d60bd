"""While no thread can be started new connections are refused; afterwards they are served."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.raw import Tcp
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.transport.conftest import Start

pytestmark = pytest.mark.system

LIMIT = 40
CALLERS = 60  # more than the limit: each refusal must release it
SPARE_BYTES = 4_000_000  # less than a thread's stack


@contextmanager
def no_more_threads(pid: int) -> Iterator[None]:
    """Limit a process to little more memory than it has."""
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + SPARE_BYTES
    resource.prlimit(pid, resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def is_served(server: Server) -> bool:
    """Return whether the server answers a new connection."""
    with Tcp(server.url) as caller, suppress(OSError):
        caller.request("GET", "/healthz", Connection="close")
        return b" 200 " in caller.rest()
    return False


def test_without_threads_connections_are_refused_and_not_counted(start: Start) -> None:
    server = start(
        ASYNC_MODE="threading", MAX_CONNECTIONS_PER_ADDRESS=str(LIMIT), SILENCE_SECONDS="30"
    )
    assert server.process
    with ExitStack() as held, no_more_threads(server.process.pid):
        # the stacks of threads that have ended are reused
        for _ in range(LIMIT // 2):
            held.enter_context(Tcp(server.url))
        served = [is_served(server) for _ in range(CALLERS)]
        assert not any(served[LIMIT:]), "it did not run out of threads"
    eventually(lambda: is_served(server), 10)
    with ExitStack() as held:
        for _ in range(LIMIT - 5):
            held.enter_context(Tcp(server.url))
        assert is_served(server), "refused connections were counted"
    assert server.output.count("no thread can be started") == 1, "once a minute is enough"
