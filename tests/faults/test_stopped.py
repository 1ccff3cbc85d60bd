"""A server is stopped while twenty answers stream; another is paused for longer than its lease."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.figures import Figures, spread
from tests.faults.scenario import Scenario
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault]
StartServer = Callable[..., Server]

ENDLESS = "/think 5 /tokens 100000 /rate 20"
ANSWERS = 20
EXIT_SECONDS = 5.0
LEASE_SECONDS = 3.0


def test_a_stopped_server_ends_twenty_answers_and_disconnects_its_readers(
    start_server: StartServer, scenario: Scenario, figures: Figures
) -> None:
    times = [stop_with_answers(start_server(), scenario) for _ in range(figures.count(1, 10))]
    figures.note(
        "SIGTERM with 20 answers streaming",
        f"{len(times)} times: all interrupted, 20 goodbyes, exit code 0 after {spread(times)}",
    )


def stop_with_answers(server: Server, scenario: Scenario) -> float:
    """Return the seconds it took to stop."""
    here = scenario.begin(server, ANSWERS, ENDLESS)

    began = time.monotonic()
    assert server.stop() == 0
    seconds = time.monotonic() - began

    assert seconds < EXIT_SECONDS
    for observer, reply in here:
        assert scenario.database.message(reply).status == "interrupted"
        eventually(lambda observer=observer: observer.disconnect_reasons)
        assert (
            observer.disconnect_reasons[0] == "server disconnect"
        )  # the library may add the line's end
        assert observer.events("streaming_end", reply), "it must have been told before the goodbye"
    scenario.check()
    scenario.close()
    return seconds


@pytest.mark.redis
def test_a_process_that_wakes_after_its_lease_changes_nothing(
    start_server: StartServer, redis_url: str, scenario: Scenario, figures: Figures
) -> None:
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "REDIS_URL": redis_url}
    sleeper = start_server(**settings, BEAT_MS="100")  # so that it wakes with text to write
    other = start_server(**settings)
    times = [sleep_too_long(sleeper, other, scenario) for _ in range(figures.count(1, 10))]
    figures.note(
        "SIGSTOP for longer than the lease, then SIGCONT",
        f"{len(times)} times, 5 answers each: interrupted by the other process "
        f"{spread(times)} after the pause began; the late writer has changed nothing",
    )


def sleep_too_long(sleeper: Server, other: Server, scenario: Scenario) -> float:
    """Return the seconds until the answers of the paused process were interrupted."""
    here = scenario.begin(sleeper, 5, ENDLESS)
    for observer, _ in here:
        scenario.observer(scenario.cast.max, observer.conversation, other.url)

    sleeper.pause()
    began = time.monotonic()
    eventually(lambda: not scenario.streaming(), LEASE_SECONDS + 2.0, "the lease was kept")
    seconds = time.monotonic() - began
    before = [scenario.database.message(reply) for _, reply in here]
    sleeper.signal(signal.SIGCONT)

    for observer, _ in here:  # when it answers this, it has written all that it had
        assert observer.send_surely("/tokens 3 /rate 0", "again")
    scenario.check()
    assert [scenario.database.message(reply) for _, reply in here] == before
    assert all(each.status == "interrupted" for each in before)
    assert not any(scenario.database.entries(reply) for _, reply in here)
    scenario.close()
    return seconds
