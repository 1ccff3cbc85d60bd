"""Without free file descriptors, connected readers are served and new connections refused."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.figures import Figures
from tests.faults.log_reading import says_once
from tests.faults.observer import Observer
from tests.faults.scenario import Scenario
from tests.support.raw import Tcp
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault]

ENDLESS = "/tokens 100000 /rate 50"
SHORT = "/tokens 3 /rate 0"
READERS = 4
WATCHED_SECONDS = 2.0
RETRY_SECONDS = 0.02
MOST_LEFT = 1000  # descriptors below the limit
IN_A_ROW = 5
NAME = "Accepting connections"  # as the log calls it
MOST_OF_A_PROCESSOR = 0.7  # less than a busy loop would take
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_without_descriptors_readers_are_served_and_new_connections_refused(
    start_server: Callable[..., Server], scenario: Scenario, figures: Figures, mode: str
) -> None:
    server = start_server(ASYNC_MODE=mode, SILENCE_SECONDS="600")
    times = figures.count(1, 5)
    refused = sum(run_out(server, scenario) for _ in range(times))
    figures.note(
        f"out of file descriptors ({mode})",
        f"{times} times: {READERS} readers served, {refused} new connections refused, "
        "served again as soon as there were some",
    )


def run_out(server: Server, scenario: Scenario) -> int:
    """Return how many new connections were refused."""
    assert server.process
    pid, here = server.process.pid, scenario.begin(server, READERS, ENDLESS)
    with ExitStack() as callers, no_more_descriptors(pid):
        take_what_is_left(server, callers)
        before, began, spent = [seen(each, reply) for each, reply in here], *clocks(pid)
        refused = 0
        while time.monotonic() - began < WATCHED_SECONDS:
            refused += not is_served(server, callers)
            time.sleep(RETRY_SECONDS)
        now, spent_now = clocks(pid)
        assert refused
        assert (spent_now - spent) / (now - began) < MOST_OF_A_PROCESSOR, "it is in a busy loop"
        for (observer, reply), seq in zip(here, before, strict=True):
            eventually(
                lambda w=observer, r=reply, s=seq: seen(w, r) > s, what="a reader receives nothing"
            )
            assert observer.ask("stop", {"id": reply})["ok"]
            assert observer.send_until_acknowledged(SHORT, f"after {reply}")
    eventually(lambda: is_served(server), what="it still refuses connections")
    eventually(
        lambda: is_served(server) and says_once(server.output, NAME),
        what="its log does not say once that it fails, and once that it works again",
    )
    scenario.check()
    assert not any(observer.disconnect_reasons for observer in scenario.observers)
    scenario.close()
    return refused


@contextmanager
def no_more_descriptors(pid: int) -> Iterator[None]:
    """Allow a process no more descriptors than it has."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    last = max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (last + 1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def take_what_is_left(server: Server, callers: ExitStack) -> None:
    """Open connections until they are refused. One may be for another reason: what the server
    itself opens to answer it takes a descriptor, too, and is closed again."""
    refused = 0
    for _ in range(MOST_LEFT):
        refused = 0 if is_served(server, callers) else refused + 1
        if refused == IN_A_ROW:
            return
    raise AssertionError("it still accepts connections")


def is_served(server: Server, callers: ExitStack | None = None) -> bool:
    """Return whether the server answers a new connection, which then stays open for `callers`."""
    caller = Tcp(server.url)
    try:
        caller.request("GET", "/healthz")
        served = caller.head().startswith("HTTP/1.1 200")
    except OSError:
        served = False
    if served and callers:
        callers.enter_context(caller)
    else:
        caller.sock.close()
    return served


def clocks(pid: int) -> tuple[float, float]:
    """Return the time and a process's CPU time, in seconds."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.monotonic(), (int(user) + int(system)) / TICKS_A_SECOND


def seen(observer: Observer, reply: str) -> int:
    """Return the `seq` of a message that an observer shows."""
    return observer.message(reply).seq
