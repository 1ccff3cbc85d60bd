"""Server processes on machines of their own: one is cut off from its readers, from Redis, from
PostgreSQL, from both, for longer than the lease, has a line that loses packets, and one that is
slow. Nothing is restarted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.database_failures import SILENT_LOOKS
from tests.faults.figures import Figures
from tests.faults.log_reading import says_once, wait_until_it_works_again
from tests.faults.scenario import Scenario
from tests.support.agreement import ENDED
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.hosts import MISSING, Host, HostServer, can_make_hosts, hosts
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.system,
    pytest.mark.fault,
    pytest.mark.redis,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_make_hosts(), reason=MISSING),
]

LEASE_SECONDS = 1.0
CUTS = (("redis",), ("postgres",), ("redis", "postgres"), ("readers",))
FEW_CUTS = 2  # the last ones
CUT_SECONDS = (2.5, 10.0, 30.0)  # longer than the lease
ENDING = "/think 5 /tokens 60 /rate 30"  # two seconds: it ends meanwhile
SHORT = "/think 0 /tokens 5 /rate 50"
LASTING = "/think 5 /tokens 150 /rate 30"  # five seconds
LOST_PERCENT = 5
SLOW_SECONDS, SLOW_BYTES = 0.1, 50_000  # each way, so that an answer takes twice as long; a second
SLOW_LINE = "a process whose line is slow: 0.1 s each way, 50 kB a second"
SLOW_LEASE_SECONDS = 15.0  # the default: renewing takes three answers of PostgreSQL
RECOVERING_SECONDS = 120.0


@pytest.fixture(scope="module")
def database_url(migrated_postgres: str) -> str:
    return migrated_postgres


@pytest.fixture(scope="module")
def machines(database_url: str, redis_url: str) -> Iterator[list[Host]]:
    with hosts(2, database_url, redis_url) as made:
        yield made


@pytest.fixture(scope="module")
def servers(machines: list[Host], folder: Path) -> Iterator[list[HostServer]]:
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "LIMIT_EVENTS": "off"}
    one, two = (HostServer(host, folder / f"{host.namespace}.log", **settings) for host in machines)
    one.may_log_tracebacks = two.may_log_tracebacks = True
    with one, two:
        yield [one, two]


def test_a_process_that_is_cut_off_loses_nothing(
    machines: list[Host],
    servers: list[HostServer],
    database: Database,
    cast: Cast,
    folder: Path,
    figures: Figures,
) -> None:
    """In turn from Redis, from PostgreSQL, from both, and from its readers; last, its line loses
    packets, is slow. In a short run once from both, and from its readers."""
    for cut in CUTS if figures.is_full else CUTS[-FEW_CUTS:]:
        for seconds in CUT_SECONDS if figures.is_full else CUT_SECONDS[:1]:
            with Scenario(database, cast) as scenario:
                result = cut_off(cut, seconds, machines[0], servers, scenario)
            figures.note(f"a process cut off from {' and '.join(cut)} for {seconds:g} s", result)
    if figures.is_full:
        with Scenario(database, cast) as scenario:
            result = lose_packets(machines[0], servers, scenario)
        figures.note(f"a process whose line loses {LOST_PERCENT} % of the packets", result)
        with Scenario(database, cast) as scenario:
            for server in servers:  # with their lease they would end the answers of the slow one
                server.stop()
            result = slow_down(machines, folder, scenario)
            for server in servers:
                server.start()
        figures.note(SLOW_LINE, result)


def cut_off(
    cut: tuple[str, ...],
    seconds: float,
    host: Host,
    servers: list[HostServer],
    scenario: Scenario,
) -> str:
    """Cut off the first process, and let it be; return what became of all answers."""
    replies = begin(servers, scenario)
    host.cut(*cut)
    assert not any(map(host.reaches, cut)), "precondition"
    time.sleep(seconds)
    host.restore(*cut)
    recovered = seconds_until_it_answers(servers[0], scenario)
    stored = {each.id: each for each in scenario.check()}
    assert all(server.is_running for server in servers)
    wait_until_it_works_again(servers[0])
    assert "redis" not in cut or says_once(servers[0].output, "Redis")
    if "postgres" in cut and seconds > SILENT_LOOKS + CUT_SECONDS[0]:
        assert says_once(servers[0].output, "The database")
    statuses = Counter(stored[reply].status for reply in replies)
    assert statuses["complete"] >= len(replies) // 2, "those of the other process must be whole"
    assert "postgres" in cut or statuses["complete"] == len(replies)
    words = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    return (
        f"of {len(replies)} answers of both processes {words}; all readers in step; after "
        f"{recovered:.0f} s it answered again"
    )


def seconds_until_it_answers(server: HostServer, scenario: Scenario) -> float:
    """Return after what time an answer that is asked for at this process is complete.

    Until the system tries a connection again, which it does ever more seldom, its leases are not
    renewed, and the other process ends what it begins.
    """
    began = time.monotonic()
    olive = scenario.observer(scenario.cast.olive, scenario.conversation(), server.url)
    while True:
        reply = scenario.ask(olive, SHORT)
        eventually(lambda: olive.shows(reply, *ENDED), RECOVERING_SECONDS)  # noqa: B023
        if olive.message(reply).status == "complete":
            return time.monotonic() - began
        assert time.monotonic() < began + RECOVERING_SECONDS


def begin(servers: list[HostServer], scenario: Scenario) -> list[str]:
    """Let answers begin in both processes, each with a reader at either; return their ids."""
    begun = []
    for server, other in (servers, servers[::-1]):
        for question in (ENDING, LASTING):
            where = scenario.conversation(scenario.cast.max)
            olive = scenario.observer(scenario.cast.olive, where, server.url)
            scenario.observer(scenario.cast.max, where, other.url)
            begun.append((olive, scenario.ask(olive, question)))
    for observer, reply in begun:
        eventually(
            lambda observer=observer, reply=reply: observer.has_text(reply), RECOVERING_SECONDS
        )
    return [reply for _, reply in begun]


def lose_packets(host: Host, servers: list[HostServer], scenario: Scenario) -> str:
    """Have a bad line between the first process and its readers, PostgreSQL and Redis."""
    host.lose(LOST_PERCENT)
    replies = begin(servers, scenario)
    stored = {each.id: each.status for each in scenario.check()}
    host.restore("packets")
    assert {stored[reply] for reply in replies} == {"complete"}
    return f"{len(replies)} answers of both processes complete; all readers in step"


def slow_down(machines: list[Host], folder: Path, scenario: Scenario) -> str:
    """Have a slow line between a process and its readers, PostgreSQL and Redis."""
    settings = {"LEASE_SECONDS": str(SLOW_LEASE_SECONDS), "LIMIT_EVENTS": "off"}
    one, two = (
        HostServer(each, folder / f"slow-{each.namespace}.log", **settings) for each in machines
    )
    with one, two, closing(Proxy(one.url)) as line:
        line.network.delay = SLOW_SECONDS
        direct, one.url = one.url, line.url  # where its readers find it
        machines[0].slow_down(SLOW_SECONDS, SLOW_BYTES)
        try:
            began = time.monotonic()
            replies = begin([one, two], scenario)
            stored = {each.id: each.status for each in scenario.check()}
            seconds = time.monotonic() - began
        finally:
            machines[0].speed_up()
        assert {stored[reply] for reply in replies} == {"complete"}
        one.url = direct
        recovered = seconds_until_it_answers(one, scenario)
    return (
        f"{len(replies)} answers of both processes complete after {seconds:.0f} s; all readers in "
        f"step; {recovered:.1f} s for an answer when it was fast again"
    )
