"""PostgreSQL locks a row or a table, is away or frozen, or a process is paused: each answer's
trouble is its own, and none is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest
import requests

from tests.faults.figures import Figures, spread
from tests.faults.observer import Observer
from tests.faults.scenario import Scenario
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.many_pages import load_at_once
from tests.support.server import Server
from tests.support.services import Cluster
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.system,
    pytest.mark.fault,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
StartServer = Callable[..., Server]
Here = list[tuple[Observer, str]]

ENGINES = ("postgresql",)
PATIENCE = 120.0
LEASE_SECONDS = 4.0
FROZEN = ("The database fails: it does not answer.", "The database fails: it can't be reached.")
SILENT_SECONDS = 15.0  # until a database that answers nothing counts as away
ALONE_SECONDS = 1.0  # the lease where no other process watches it
LONG = "/think 5 /tokens 100000 /rate 20"
SHORT = "/tokens 80 /rate 20"
PAGES = 12
MOST_SILENCE_SECONDS = 2.0  # of a stream
CONNECTIONS = {"DATABASE_POOL_SIZE": "3", "DATABASE_POOL_OVERFLOW": "0"}


@contextmanager
def locked(cluster: Cluster, server: Server, statement: str) -> Iterator[None]:
    """Hold a lock in another transaction."""
    with cluster.connect(server.database_url) as other:
        other.execute("BEGIN")
        other.execute(statement)
        yield
        other.execute("ROLLBACK")


def start_two(start_server: StartServer) -> tuple[Server, Server]:
    """Start two servers; each watches the leases of the other one."""
    lease = {"LEASE_SECONDS": str(LEASE_SECONDS)}
    return start_server(**lease), start_server(**lease)


def lines(server: Server, words: str) -> list[str]:
    """Return the lines of a log with these words."""
    return [line for line in server.output.splitlines() if words in line]


def troubles(server: Server) -> list[str]:
    """Return the lines of a log that an operator should look at."""
    return [*lines(server, " ERROR in "), *lines(server, " WARNING in ")]


def go_on(here: Here, entries: int = 10) -> None:
    """Wait until each of these answers has so many more entries where it is read."""
    before = [observer.message(reply).seq for observer, reply in here]
    for (observer, reply), seq in zip(here, before, strict=True):
        eventually(
            lambda observer=observer, reply=reply, seq=seq: (
                observer.message(reply).seq >= seq + entries
            ),
            PATIENCE,
            f"an answer does not go on: {observer.message(reply).status}",
        )


def end(scenario: Scenario, here: Here) -> None:
    """Stop the answers, which must still stream; all must then be in step."""
    assert set(scenario.streaming()) >= {reply for _, reply in here}
    for observer, reply in here:
        assert observer.ask("stop", {"id": reply})["ok"]
        eventually(lambda o=observer, r=reply: o.shows(r, "stopped"), PATIENCE)
    scenario.check()


def test_a_locked_row_delays_no_other_answer_and_loses_no_lease(
    start_server: StartServer, scenario: Scenario, cluster: Cluster, figures: Figures
) -> None:
    server, _ = start_two(start_server)
    here = scenario.begin(server, 3, LONG)
    (observer, reply), others = here[0], here[1:]
    seconds = float(figures.count(5, 20))
    with locked(cluster, server, f"SELECT 1 FROM message WHERE public_id = '{reply}' FOR UPDATE"):
        began = time.monotonic()
        go_on(others, 1)
        held = observer.message(reply).seq
        while time.monotonic() - began < seconds:
            go_on(others)
            assert requests.get(f"{server.url}/readyz", timeout=20).ok
        assert observer.message(reply).seq == held, "precondition: it is locked"
        assert seconds > LEASE_SECONDS, "precondition: its lease can't be renewed"
    go_on(here)
    end(scenario, here)
    assert len(lines(server, "Waiting for a lock fails")) == 1
    figures.note(
        f"a row locked for {seconds:g} s",
        "the other answers went on; that one was held back, went on when it was free, and was not "
        "interrupted by another process",
    )


def test_a_locked_table_holds_up_no_text_and_pages_are_refused_in_time(
    start_server: StartServer, scenario: Scenario, cluster: Cluster, figures: Figures
) -> None:
    server = start_server(DATABASE_LOCK_SECONDS="0.5", DATABASE_POOL_SECONDS="1", **CONNECTIONS)
    here = scenario.begin(server, 2, LONG)
    browser = BrowserSession(server.url).sign_in(scenario.cast.olive)
    ending = scenario.begin(server, 2, SHORT)

    def load(_: int) -> requests.Response:
        return requests.get(
            f"{server.url}/account/tokens", cookies=browser.http.cookies, timeout=PATIENCE
        )

    with ThreadPoolExecutor(PAGES) as pool:
        with locked(cluster, server, "LOCK TABLE search_text, api_token"):
            pages = list(pool.map(load, range(PAGES)))
            go_on(here, 100)
            for observer, reply in ending:
                assert observer.shows(reply, "streaming"), "it can't have ended"
        assert {page.status_code for page in pages} == {503}
        assert all(int(page.headers["Retry-After"]) > 0 for page in pages)
        assert load(0).ok
    for observer, reply in ending:
        eventually(lambda o=observer, r=reply: o.shows(r, "complete"), PATIENCE)
    go_on(here)
    end(scenario, here)
    assert len(troubles(server)) < 8, troubles(server)
    figures.note(
        "tables locked that pages and endings need",
        f"texts went on, {PAGES} pages got 503 with Retry-After, all answers ended when they were "
        "free",
    )


def test_many_pages_at_once_silence_no_stream(
    start_server: StartServer, scenario: Scenario, figures: Figures
) -> None:
    server = start_server(LIMIT_PAGE="off")
    here = scenario.begin(server, 3, LONG)
    browser = BrowserSession(server.url).sign_in(scenario.cast.olive)
    page = f"{server.url}/conversations/{here[0][0].conversation}"
    count = figures.count(40, 1000)
    began = time.monotonic()
    loaded = load_at_once(page, count, browser.cookie)
    ended = time.monotonic()
    gaps = [longest_gap(observer, reply, began, ended) for observer, reply in here]
    refused = [each for each in loaded if each.status != 200]
    end(scenario, here)
    figures.note(
        f"{count} loads of a page at once",
        f"answered after {spread([each.seconds for each in loaded])}, {len(refused)} with 503; "
        f"the longest gap of a reader between two chunks: {spread(gaps)}",
    )
    assert {each.status for each in loaded} <= {200, 503}
    assert max(gaps) < figures.bound(MOST_SILENCE_SECONDS)
    assert len(troubles(server)) < 6, troubles(server)


def longest_gap(observer: Observer, reply: str, began: float, ended: float) -> float:
    """Return the longest time between two chunks of an answer in some time."""
    events = [each for each in list(observer.received) if each.data.get("id") == reply]
    times = [began, *(each.at for each in events if began < each.at < ended), ended]
    return max(later - earlier for earlier, later in pairwise(times))


def test_without_the_database_for_a_while_no_answer_is_lost(
    start_server: StartServer,
    scenario: Scenario,
    database: Database,
    cluster: Cluster,
    figures: Figures,
) -> None:
    server, other = start_two(start_server)
    here = scenario.begin(server, 3, LONG)
    observer, _ = here[0]
    seconds = float(figures.count(8, 60))

    cluster.stop()
    began = time.monotonic()
    eventually(lambda: lines(server, "The database fails"), PATIENCE)
    assert requests.get(f"{server.url}/healthz", timeout=20).ok
    assert requests.get(f"{server.url}/readyz", timeout=20).json()["reason"]
    page = requests.get(f"{server.url}/conversations", timeout=20)
    assert page.status_code in (302, 503)
    question = {"conversation": observer.conversation, "content": SHORT}
    assert observer.try_to_ask("send", question).get("error") == "unavailable"
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    cluster.start()
    database.close()

    go_on(here)
    assert observer.send_until_acknowledged(SHORT, "after it")
    end(scenario, here)
    for each in (server, other):
        eventually(lambda each=each: lines(each, "The database works again"), PATIENCE)
        assert len(lines(each, "The database fails")) == 1
        assert len(troubles(each)) < 6, troubles(each)
    figures.note(
        f"PostgreSQL away for {seconds:g} s",
        "all answers went on with all their text, none was interrupted; two lines in the log",
    )


def test_while_the_database_is_frozen_no_answer_is_lost(
    start_server: StartServer, scenario: Scenario, cluster: Cluster, figures: Figures
) -> None:
    """It takes connections and statements, and answers none: nothing tells it from a slow one. Only
    who needs another connection is told sooner that it can't be reached."""
    server, _ = start_two(start_server)
    here = scenario.begin(server, 3, LONG)
    seconds = float(figures.count(16, 60))
    cluster.freeze()
    try:
        began = time.monotonic()
        eventually(lambda: any(lines(server, each) for each in FROZEN), PATIENCE)
        time.sleep(max(0.0, SILENT_SECONDS - (time.monotonic() - began)))
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 503
        assert requests.get(f"{server.url}/healthz", timeout=20).ok
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    finally:
        cluster.thaw()
    go_on(here)
    end(scenario, here)
    eventually(lambda: lines(server, "The database works again"), PATIENCE)
    assert len(troubles(server)) < 6, troubles(server)
    figures.note(
        f"PostgreSQL frozen for {seconds:g} s",
        "all answers went on with all their text, none was interrupted; the log said so",
    )


@pytest.mark.async_mode
def test_a_process_that_was_paused_goes_on_with_its_answers(
    start_server: StartServer, scenario: Scenario, figures: Figures
) -> None:
    server = start_server(LEASE_SECONDS=str(ALONE_SECONDS))
    here = scenario.begin(server, 3, LONG)
    for _ in range(figures.count(2, 10)):
        server.signal(signal.SIGSTOP)
        time.sleep(2 * ALONE_SECONDS)
        server.signal(signal.SIGCONT)
        go_on(here)
    end(scenario, here)
    figures.note(
        "the only process paused for twice its lease", "it went on with all of its answers"
    )
