"""No thread can be started: who comes is refused, who is here is served, and it passes."""

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

PLACES = 40
CALLERS = 60  # more than there are places: none may be lost
SPARE_BYTES = 4_000_000  # less than a thread's stack


@contextmanager
def no_more_threads(pid: int) -> Iterator[None]:
    """Leave a process the memory that it has, and a little."""
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + SPARE_BYTES
    resource.prlimit(pid, resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def is_served(server: Server) -> bool:
    """Does the server answer a new connection?"""
    with Tcp(server.url) as caller, suppress(OSError):
        caller.request("GET", "/healthz", Connection="close")
        return b" 200 " in caller.rest()
    return False


def test_without_threads_callers_are_refused_and_no_place_is_lost(start: Start) -> None:
    server = start(
        ASYNC_MODE="threading", MAX_CONNECTIONS_PER_ADDRESS=str(PLACES), SILENCE_SECONDS="30"
    )
    assert server.process
    with ExitStack() as held, no_more_threads(server.process.pid):
        # threads that have ended leave their stacks to others
        for _ in range(PLACES // 2):
            held.enter_context(Tcp(server.url))
        served = [is_served(server) for _ in range(CALLERS)]
        assert not any(served[PLACES:]), "it must have run out of threads"
    eventually(lambda: is_served(server), 10)
    with ExitStack() as held:
        for _ in range(PLACES - 5):
            held.enter_context(Tcp(server.url))
        assert is_served(server), "places were lost"
    assert server.output.count("there can't be more threads") == 1, "once a minute is enough"
