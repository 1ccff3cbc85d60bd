"""Another process holds the write lock for seconds: writes wait, reads do not, nothing is lost that
is received, and what is received has a bound."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from app.replies.in_flight import HELD_TOO_MUCH
from tests.faults.figures import Figures, spread
from tests.faults.scenario import Scenario
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault]

ENGINES = ("sqlite",)
LOCKED_SECONDS = 5.0
READERS = 5
LONG = "/tokens 400 /rate 50"  # eight seconds
FAST, SLOW = "/tokens 200000 /rate 5000", "/tokens 100000 /rate 20"
# It prints a line when it holds the lock, and releases it at the end of its input.
HOLD = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Hold the write lock in another process."""
    path = server.database_url.removeprefix("sqlite:///")
    words = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        yield
        other.communicate(b"")


def test_a_locked_database_loses_no_message_and_disconnects_no_reader(
    start_server: Callable[..., Server], scenario: Scenario, figures: Figures
) -> None:
    server = start_server()
    times = [wait_for_the_lock(server, scenario) for _ in range(figures.count(1, 10))]
    figures.note(
        f"the database locked for {LOCKED_SECONDS:g} s",
        f"{len(times)} times, {2 * READERS} readers: none disconnected; a question sent "
        f"meanwhile was acknowledged {spread(times)} after it was sent",
    )


def wait_for_the_lock(server: Server, scenario: Scenario) -> float:
    """Return how long a question waited that was sent while the database was locked."""
    here = scenario.begin(server, READERS, LONG)
    for observer, _ in here:
        scenario.observer(scenario.cast.max, observer.conversation, server.url)
    asker = here[0][0]
    with ThreadPoolExecutor() as pool:
        with locked(server):
            began = time.monotonic()
            asked = pool.submit(asker.send_until_acknowledged, "/tokens 3 /rate 0", "meanwhile")
            while time.monotonic() - began < LOCKED_SECONDS:
                assert requests.get(f"{server.url}/healthz", timeout=2).ok
                time.sleep(0.25)
            scenario.observer(scenario.cast.max, asker.conversation, server.url)  # it joins
            assert not asked.done(), "it can't have been stored"
        assert asked.result()
    seconds = time.monotonic() - began
    stored = scenario.check()
    assert {each.status for each in stored} == {"complete"}
    assert not any(observer.disconnect_reasons for observer in scenario.observers)
    scenario.close()
    return seconds


def test_text_that_can_not_be_stored_has_a_bound_and_slow_answers_go_on(
    start_server: Callable[..., Server], scenario: Scenario, figures: Figures
) -> None:
    server = start_server(DATABASE_HELD_MEGABYTES="1")
    fast, slow = scenario.begin(server, 2, FAST), scenario.begin(server, 2, SLOW)
    shown = {reply: observer.message(reply).seq for observer, reply in fast}
    with locked(server):
        eventually(lambda: "Texts of 1 MB wait for the database" in server.output, 30.0)
        time.sleep(2.0)  # one has received too much; the other does with its next piece
        assert set(scenario.streaming()) == {reply for _, reply in (*fast, *slow)}
    for observer, reply in fast:
        eventually(lambda o=observer, r=reply: o.shows(r, "failed"), 30.0)
        assert observer.message(reply).error == HELD_TOO_MUCH
        assert observer.message(reply).seq > shown[reply], "what it had received is stored"
    for observer, reply in slow:
        seq = observer.message(reply).seq
        eventually(lambda o=observer, r=reply, seq=seq: o.message(r).seq > seq + 5, 30.0)
        assert observer.ask("stop", {"id": reply})["ok"]
        eventually(lambda o=observer, r=reply: o.shows(r, "stopped"))
    lengths = [len(each.content) for each in scenario.check() if each.error]
    assert server.output.count("Texts of 1 MB") == 1
    figures.note(
        "the database locked, with room for 1 MB of text that waits for it",
        f"2 fast answers failed with a sentence and kept {min(lengths):,} characters and more; "
        "2 slow ones went on",
    )
