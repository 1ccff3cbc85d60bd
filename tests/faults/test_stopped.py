"""A server is stopped while twenty answers stream; another is paused for longer than its lease."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import pytest

from app.postgresql import is_postgresql
from app.server.monitoring import FREEZE_SECONDS, LAG_SECONDS
from tests.faults.figures import Figures, spread
from tests.faults.log_reading import count, interrupted
from tests.faults.scenario import Scenario
from tests.support.server import Server
from tests.support.waiting import eventually, meanwhile

pytestmark = [pytest.mark.system, pytest.mark.fault]
StartServer = Callable[..., Server]

ENDLESS = "/think 5 /tokens 100000 /rate 20"
ANSWERS = 20
RUNNING_SECONDS = 0.01
EXIT_SECONDS = 5.0
LEASE_SECONDS = 3.0
INTERRUPTED_SECONDS = LEASE_SECONDS + 2.0
# PostgreSQL ends a transaction in which a process was paused after 20 s; then it is tried again.
IN_A_TRANSACTION_SECONDS = 38.0
NOTICED_SECONDS = LAG_SECONDS + FREEZE_SECONDS + 0.1  # a pause is, whenever it begins


@pytest.mark.alone
def test_sigterm_interrupts_twenty_answers_and_disconnects_the_readers(
    start_server: StartServer, scenario: Scenario, figures: Figures
) -> None:
    times = [stop_with_answers(start_server(), scenario) for _ in range(figures.count(1, 10))]
    figures.note(
        "SIGTERM with 20 answers streaming",
        f"{len(times)} times: all interrupted, 20 readers disconnected, exit code 0 "
        f"after {spread(times)}",
    )
    assert max(times) < EXIT_SECONDS
    starving = [
        stop_with_answers(start_server(), scenario, starved) for _ in range(figures.count(0, 3))
    ]
    if starving:
        figures.note(
            "the same, while other processes keep the processor for nine tenths of the time",
            f"{len(starving)} times: all were informed, exit code 0 after {spread(starving)}",
        )


def stop_with_answers(
    server: Server,
    scenario: Scenario,
    meanwhile: Callable[[Server], AbstractContextManager[object]] = nullcontext,
) -> float:
    """Return the seconds it took to stop."""
    here = scenario.begin(server, ANSWERS, ENDLESS)

    began = time.monotonic()
    with meanwhile(server):
        assert server.stop() == 0
    seconds = time.monotonic() - began

    assert count(server.output, f"was asked to end; {ANSWERS} answers are being written") == 1
    for observer, reply in here:
        assert scenario.database.message(reply).status == "interrupted"
        eventually(lambda observer=observer: observer.disconnect_reasons)
        assert (
            observer.disconnect_reasons[0] == "server disconnect"
        )  # the library may add the end of the connection
        assert observer.events("streaming_end", reply), "it must arrive before the disconnect"
    scenario.check()
    scenario.close()
    return seconds


@contextmanager
def starved(server: Server) -> Iterator[None]:
    """Let a process run for a tenth of the time, as on a machine with much else to do."""
    assert server.process
    pid = server.process.pid

    def take_turns(is_over: threading.Event) -> None:
        with suppress(ProcessLookupError):  # it has ended
            while not is_over.wait(RUNNING_SECONDS):
                os.kill(pid, signal.SIGSTOP)
                is_over.wait(9 * RUNNING_SECONDS)
                os.kill(pid, signal.SIGCONT)

    with meanwhile(take_turns):
        yield


@pytest.mark.counted
@pytest.mark.async_mode
@pytest.mark.redis
def test_a_process_paused_for_longer_than_its_lease_changes_nothing_after_it_resumes(
    start_server: StartServer, redis_url: str, scenario: Scenario, figures: Figures
) -> None:
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "REDIS_URL": redis_url}
    paused = start_server(**settings, BEAT_MS="100")  # so that it resumes with text to write
    other = start_server(**settings)
    times = [pause_too_long(paused, other, scenario) for _ in range(figures.count(1, 10))]
    eventually(lambda: count(paused.output, "This process did not run for") >= len(times))
    assert interrupted(other.output) >= 5
    figures.note(
        "SIGSTOP for longer than the lease, then SIGCONT",
        f"{len(times)} times, 5 answers each: interrupted by the other process "
        f"{spread(times)} after the pause began; the late writer has changed nothing",
    )


def pause_too_long(paused: Server, other: Server, scenario: Scenario) -> float:
    """Return the seconds until the answers of the paused process were interrupted."""
    here = scenario.begin(paused, 5, ENDLESS)
    for observer, _ in here:
        scenario.observer(scenario.cast.max, observer.conversation, other.url)

    limit = INTERRUPTED_SECONDS
    if is_postgresql(paused.database_url):
        limit += IN_A_TRANSACTION_SECONDS

    paused.pause()
    began = time.monotonic()
    eventually(lambda: not scenario.streaming(), limit, "the lease has not expired")
    seconds = time.monotonic() - began
    time.sleep(max(0.0, NOTICED_SECONDS - seconds))
    before = [scenario.database.message(reply) for _, reply in here]
    paused.signal(signal.SIGCONT)

    for observer, _ in here:  # after this response all its pending text is written
        assert observer.send_until_acknowledged("/tokens 3 /rate 0", "again")
    scenario.check()
    assert [scenario.database.message(reply) for _, reply in here] == before
    assert all(each.status == "interrupted" for each in before)
    assert not any(scenario.database.entries(reply) for _, reply in here)
    scenario.close()
    return seconds
