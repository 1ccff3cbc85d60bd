"""The wall clock is set an hour forward and back: no reader is disconnected, no lease changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import clocks
from tests.faults.figures import Figures, spread
from tests.faults.log_reading import interrupted
from tests.faults.observer import Observer
from tests.faults.scenario import Scenario
from tests.support.raw import RawWebSocket
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(300)]

LEASE_SECONDS = 6.0  # on a busy machine a process may wait for several
PING_SECONDS = 25
ENDLESS = "/tokens 100000 /rate 10"
ANSWERS = 2  # of each server
MARGIN_SECONDS = 2.0
TIMEOUT_SECONDS = 30.0
JUMPS = tuple(clocks.OFF)

Answer = tuple[Observer, str]


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """A file that says how far the servers' clocks are off."""
    clock_file = tmp_path / "clock"
    clock_file.write_text("+0")
    return clock_file


@pytest.fixture
def servers(start_server: Callable[..., Server], clock_file: Path) -> list[Server]:
    """One for each async mode, on one database, with a clock that can be set."""
    settings = clocks.environment(clock_file) | {"LEASE_SECONDS": str(LEASE_SECONDS)}
    return [start_server(ASYNC_MODE=mode, **settings) for mode in ("eventlet", "threading")]


def test_a_clock_jump_disconnects_no_reader_and_changes_no_lease(
    servers: list[Server], clock_file: Path, scenario: Scenario, figures: Figures
) -> None:
    here = [answer for server in servers for answer in scenario.begin(server, ANSWERS, ENDLESS)]
    with ExitStack() as stack:
        pinged = [stack.enter_context(RawWebSocket(server.url)) for server in servers]
        for reader in pinged:
            reader.sign_in(scenario.cast.olive.token)
        for jump in JUMPS:
            clocks.set_all(clock_file, jump, servers)
            assert_streaming(here, seconds=1.2 * LEASE_SECONDS)
        for reader in pinged:
            reader.sock.settimeout(PING_SECONDS + TIMEOUT_SECONDS)
            assert reader.until("2"), "a jump of the clock has stopped the pings"
        for jump in JUMPS:
            clocks.set_all(clock_file, jump, servers)
            for reader in pinged:
                reader.frame('42/conversations,7["conversations"]')
                assert '"ok":true' in reader.until("43/conversations,7")
        assert_streaming(here, seconds=0.1)
    assert not any(observer.disconnect_reasons for observer in scenario.observers)
    seconds = [
        kill_at_jump(servers, clock_file, scenario, here, jump)
        for jump in JUMPS[: figures.count(1, 3)]
    ]
    eventually(lambda: interrupted(servers[0].output) == ANSWERS * len(seconds))
    figures.note(
        "the clock an hour forward, and back",
        f"{2 * len(JUMPS)} jumps, {len(pinged) + len(here)} readers in both async modes: nobody "
        "disconnected, no lease lost; an answer whose process was killed at a jump is "
        f"interrupted after {spread(seconds)}",
    )


def assert_streaming(here: list[Answer], seconds: float) -> None:
    """Check for some time that the answers stream."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for observer, reply in here:
            held = observer.message(reply)
            seq = held.seq
            eventually(
                lambda held=held, seq=seq: held.seq > seq,
                TIMEOUT_SECONDS,
                what=f"{observer.name}'s answer does not continue: {held.status}, {seq} entries",
            )


def kill_at_jump(
    servers: list[Server], clock_file: Path, scenario: Scenario, here: list[Answer], jump: str
) -> float:
    """Kill one server as the clock jumps; return the seconds until its answers end."""
    survivor, victim = servers
    orphans = here[ANSWERS:]
    victim.kill()
    clocks.set_all(clock_file, jump, [survivor])
    killed = time.monotonic()
    eventually(
        lambda: all(scenario.database.message(each).status == "interrupted" for _, each in orphans),
        LEASE_SECONDS + MARGIN_SECONDS,
        "the lease of a killed process has not expired",
    )
    seconds = time.monotonic() - killed
    assert_streaming(here[:ANSWERS], seconds=0.1)
    victim.start()
    for observer, _ in orphans:
        observer.close()
    here[ANSWERS:] = scenario.begin(victim, ANSWERS, ENDLESS)
    return seconds
