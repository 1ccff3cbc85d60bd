"""A server is killed at random times and restarted."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.figures import Figures, spread
from tests.faults.log_reading import interrupted
from tests.faults.scenario import Scenario
from tests.faults.workload import Workload
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.fault,
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.timeout(300),
]

LEASE_SECONDS = 0.5
GUARANTEED_SECONDS = LEASE_SECONDS + 2.0
TIMEOUT_SECONDS = 30.0
WORKLOADS = 6
KILLS_PER_SCENARIO = 20
MOST_SECONDS = 1.5  # between two kills


def test_kills_at_random_times_lose_nothing(
    start_server: Callable[..., Server], database: Database, cast: Cast, figures: Figures
) -> None:
    server = start_server(LEASE_SECONDS=str(LEASE_SECONDS), LIMIT_EVENTS="off", LIMIT_SEND="off")
    server.settings["PORT"] = server.url.rpartition(":")[2]  # the address its readers use
    left, totals = figures.count(3, 200), Counter[str]()
    settled: list[float] = []
    while left > len(settled):
        with Scenario(database, cast) as scenario:
            kills = min(left - len(settled), KILLS_PER_SCENARIO)
            settled += kill_again_and_again(server, scenario, kills, totals)
    figures.note(
        "SIGKILL at a random moment",
        f"{len(settled)} kills, {totals['cut']} answers cut; interrupted after the restart: "
        f"{spread(settled)}; {totals['retried']} retried; of {totals['sent']} acknowledged "
        "questions none lost",
    )
    assert max(settled) < GUARANTEED_SECONDS, spread(settled)
    assert totals["cut"], "no kill has cut an answer"
    assert 0 < interrupted(server.output) <= totals["cut"]
    assert totals["retried"] or not figures.is_full


def kill_again_and_again(
    server: Server, scenario: Scenario, kills: int, totals: Counter[str]
) -> list[float]:
    """Kill the server under random workloads; check all that was shown."""
    workloads = [Workload(scenario, server.url, seed=random.random()) for _ in range(WORKLOADS)]
    settled = []
    for _ in range(kills):
        time.sleep(random.uniform(0.1, MOST_SECONDS))
        settled.append(kill_and_restart(server, scenario, workloads, totals))
    for workload in workloads:
        workload.end()
    scenario.check()
    totals["sent"] += len(scenario.history.sent)
    return settled


def kill_and_restart(
    server: Server, scenario: Scenario, workloads: list[Workload], totals: Counter[str]
) -> float:
    """Return the seconds from the restart until the last cut answer is interrupted."""
    for workload in workloads:
        workload.pause()
    server.kill()
    cut = scenario.streaming()
    server.start()
    ready = time.monotonic()

    def are_interrupted() -> bool:
        return all(scenario.database.message(each).status == "interrupted" for each in cut)

    eventually(are_interrupted, TIMEOUT_SECONDS, "an unfinished answer was not interrupted")
    seconds = time.monotonic() - ready
    totals["cut"] += len(cut)
    totals["retried"] += sum(workload.retry_if_last(cut) for workload in workloads)
    for workload in workloads:
        workload.resume()
    return seconds
