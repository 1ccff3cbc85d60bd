"""Redis is stopped, killed, full, cut off and slow: readers here wait for nothing, those of the
other process are behind by no more than two seconds, and all end equal."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.faults.figures import Figures, spread
from tests.faults.log_reading import wait_until_it_works_again
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.list_follower import ListFollower
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.services import RedisProcess
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.redis, pytest.mark.async_mode]

ANSWER = "/tokens 100000 /rate 25"
RARELY = 1000.0  # so that no reader asks by itself
GAP_SECONDS, BEHIND_SECONDS = 0.3, 2.0  # with nothing else on the machine, as in a full run
LOOK_SECONDS = 0.01
PATIENCE = 5  # otherwise so many times as long


class Pair(NamedTuple):
    """Two processes on one database and one Redis, one of them by a network that can fail."""

    redis: RedisProcess
    network: Proxy
    here: Server
    there: Server


@pytest.fixture(scope="module")
def pair(database_url: str, folder: Path) -> Iterator[Pair]:
    with RedisProcess(folder) as redis, closing(Proxy(redis.url)) as network:
        by_network = network.url.replace("http:", "redis:")
        with (
            Server(database_url, folder / "here.log", REDIS_URL=by_network) as here,
            Server(database_url, folder / "there.log", REDIS_URL=redis.url) as there,
        ):
            yield Pair(redis, network, here, there)


class Fault(NamedTuple):
    """What is done to Redis, and undone; the reason in the log, and which processes hear nothing
    from it meanwhile."""

    begin: Callable[[Pair], object]
    end: Callable[[Pair], object]
    reason: str
    silent: tuple[str, ...] = ("here", "there")
    seconds: float = 3.0


def slow_down(pair: Pair, seconds: float) -> None:
    pair.network.network.delay = seconds


def fill(pair: Pair, megabytes: int) -> None:
    """Let Redis store nothing more, for 1 MB, or everything, for 0."""
    with pair.redis.client() as client:
        client.config_set("maxmemory", f"{megabytes}mb")


LATE = "it does not answer in time|what this process publishes does not come back"
OFTEN = {  # also by `bin/test`
    "SIGSTOP": Fault(
        lambda pair: pair.redis.signal(signal.SIGSTOP),
        lambda pair: pair.redis.signal(signal.SIGCONT),
        LATE,
        seconds=7.0,
    ),
    "packets to and from one process dropped": Fault(
        lambda pair: pair.network.stall(), lambda pair: pair.network.resume(), LATE, ("here",)
    ),
    "maxmemory": Fault(lambda pair: fill(pair, 1), lambda pair: fill(pair, 0), "it is full", ()),
}
IN_FULL = OFTEN | {
    "SIGKILL": Fault(
        lambda pair: pair.redis.kill(),
        lambda pair: pair.redis.start(),
        "it can't be reached",
        seconds=7.0,
    ),
    "3 s late for one process": Fault(
        lambda pair: slow_down(pair, 3.0), lambda pair: slow_down(pair, 0.0), LATE, ("here",)
    ),
    "packets to and from one process dropped for 30 s": Fault(
        lambda pair: pair.network.stall(),
        lambda pair: pair.network.resume(),
        LATE,
        ("here",),
        30.0,
    ),
}


class Waiting(threading.Thread):
    """Looks again and again for how many seconds a process has waited for a processor."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        assert server.process
        self._file = Path(f"/proc/{server.process.pid}/schedstat")
        self._looks: list[tuple[float, float]] = []
        self._is_over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            waited = int(self._file.read_text("utf-8").split()[1]) / 1e9
            self._looks.append((time.monotonic(), waited))

    def between(self, began: float, ended: float) -> float:
        """Return how many seconds it has waited in some time; what surrounds it counts, too."""
        before = [waited for at, waited in self._looks if at <= began] or [self._looks[0][1]]
        after = [waited for at, waited in self._looks if at >= ended] or [self._looks[-1][1]]
        return after[0] - before[-1]

    def end(self) -> None:
        self._is_over.set()
        self.join()


class Following:
    """An answer of the process here, with a reader in each process who never asks by himself."""

    def __init__(self, pair: Pair, database: Database, cast: Cast) -> None:
        self.database = database
        self.waiting = Waiting(pair.here)
        self.conversation = database.conversation(cast.olive, cast.max)
        self.local = self.reader(cast.olive.token, self.conversation, pair.here.url)
        self.remote = self.reader(cast.max.token, self.conversation, pair.there.url)
        self.reply = self.local.send(ANSWER)["reply"]
        eventually(lambda: self.remote.has_text(self.reply))

    def reader(self, token: str, conversation: str, url: str) -> Reader:
        """Return a reader who asks for nothing by himself."""
        reader = Reader(token, conversation, check_seconds=RARELY)
        reader.connect(url)
        eventually(lambda: reader.has_joined)
        return reader

    def behind(self) -> float:
        """Return for how long at most the reader there has lacked what the one here had."""
        here, there = (chunks_of(each, self.reply) for each in (self.local, self.remote))
        late = 0.0
        for seq, at in here:
            caught_up = next((when for held, when in there if held >= seq), None)
            late = max(late, (caught_up or time.monotonic()) - at)
        return late

    def longest_gap(self) -> float:
        """Return the longest time between two chunks of the reader here, without the time in which
        other programs kept the processor from the server."""
        times = [at for _, at in chunks_of(self.local, self.reply)]
        return max(
            later - earlier - self.waiting.between(earlier, later)
            for earlier, later in pairwise(times)
        )

    def end(self) -> None:
        """Stop the answer through the other process; both readers must end equal."""
        assert self.remote.ask("stop", {"id": self.reply})["ok"]
        assert agreed([self.local, self.remote], self.reply, self.database).status == "stopped"
        for reader in (self.local, self.remote):
            reader.close()
        self.waiting.end()


def chunks_of(reader: Reader, message: str) -> list[tuple[int, float]]:
    """Return what a reader got of a message: up to which entry, and when."""
    events = [each for each in list(reader.received) if each.data.get("id") == message]
    return [(each.data["seq"], each.at) for each in events if "content" in each.data]


def test_while_redis_fails_readers_here_wait_for_nothing_and_others_are_seconds_behind(
    pair: Pair, database: Database, cast: Cast, figures: Figures
) -> None:
    for name, fault in (IN_FULL if figures.is_full else OFTEN).items():
        times = [while_it_fails(pair, database, cast, fault) for _ in range(figures.count(1, 5))]
        gaps, behind, asked = zip(*times, strict=True)
        patience = 1 if figures.is_full else PATIENCE
        assert max(gaps) < GAP_SECONDS * patience, f"{name}: {gaps}"
        assert max(behind) < BEHIND_SECONDS * patience, f"{name}: {behind}"
        figures.note(
            f"Redis: {name}",
            f"{len(times)} times {fault.seconds:g} s: the longest gap of a reader of the same "
            f"process, without its waiting for a processor, {spread(gaps)}; a reader of the other "
            f"one was behind {spread(behind)}; to connect, join, ask and sign in took "
            f"{spread(asked)}; then all went on by Redis",
        )


def while_it_fails(
    pair: Pair, database: Database, cast: Cast, fault: Fault
) -> tuple[float, float, float]:
    """Return the longest gap here, how far the reader there was behind, and how long it took to
    connect, ask and sign in. What is asked and answered meanwhile all show at once."""
    servers = {"here": pair.here, "there": pair.there}
    logged = {name: len(server.output) for name, server in servers.items()}
    following = Following(pair, database, cast)
    other = database.conversation(cast.olive, cast.max)
    fault.begin(pair)
    began = time.monotonic()

    asker = following.reader(cast.olive.token, other, pair.there.url)
    reader = following.reader(cast.max.token, other, pair.here.url)
    reply = asker.send("/tokens 3 /rate 0")["reply"]
    BrowserSession(pair.here.url).sign_in(cast.olive).close()
    asked = time.monotonic() - began
    for name in fault.silent:
        eventually(lambda name=name: ready(servers[name])["status"] == "degraded")
    agreed([asker, reader], reply, database)
    held = following.local.message(following.reply).seq
    eventually(lambda: following.remote.message(following.reply).seq > held)
    eventually(lambda: time.monotonic() - began > fault.seconds)

    fault.end(pair)
    for server in servers.values():
        eventually(lambda server=server: ready(server)["status"] == "ok")
    heard = len(following.remote.received)
    eventually(lambda: len(following.remote.received) > heard + 20)
    gap, behind = following.longest_gap(), following.behind()
    following.end()
    asker.close()
    reader.close()
    for name, server in servers.items():
        wait_until_it_works_again(server)
        check_log(server, logged[name], fault, is_silent=name in fault.silent)
    return gap, behind, asked


def test_what_people_read_and_who_came_while_redis_was_away_all_show_when_it_is_back(
    pair: Pair, database: Database, cast: Cast, figures: Figures
) -> None:
    where = database.conversation(cast.olive, cast.max)
    readers = [Reader(each.token, where, check_seconds=RARELY) for each in (cast.olive, cast.max)]
    for reader, server in zip(readers, (pair.there, pair.here), strict=True):
        reader.connect(server.url)
        eventually(lambda reader=reader: reader.has_joined)
    olive, max = readers
    who = {each["name"]: each["sender"] for each in olive.acks[-1]["people"]}["Max"]
    agreed(readers, olive.send("/tokens 3 /rate 0")["reply"], database)
    tab = ListFollower().follow(pair.there.url, cast.max.token)
    assert tab.shows(where, read=0, unread=2)(), "precondition: he has read nothing"

    pair.redis.kill()
    for server in (pair.here, pair.there):
        eventually(lambda server=server: ready(server)["status"] == "degraded")
    streaming = max.send(ANSWER)["reply"]  # so that there are chunks at every moment
    eventually(lambda: olive.has_text(streaming))
    assert max.ask("presence", {"conversation": where})["ok"]
    assert max.ask("read", {"conversation": where, "position": 3})["ok"]
    pair.redis.start()
    began = time.monotonic()

    def people(event: str) -> list[dict[str, object]]:
        return [each for told in olive.events(event) for each in told["people"]]

    eventually(lambda: {"sender": who, "read": 3} in people("seen"))
    eventually(lambda: any(each["sender"] == who for each in people("present")))
    eventually(tab.shows(where, read=3, unread=None))
    seconds = time.monotonic() - began
    assert max.ask("stop", {"id": streaming})["ok"]
    agreed(readers, streaming, database)
    for each in (*readers, tab):
        each.close()
    for server in (pair.here, pair.there):
        wait_until_it_works_again(server)
    figures.note(
        "Redis away while somebody comes and reads",
        f"readers of the other process knew it {seconds:.1f} s after Redis was started again",
    )


def check_log(server: Server, beginning: int, fault: Fault, *, is_silent: bool) -> None:
    """An operator finds one line when Redis begins to fail, and one when it works again."""
    if is_silent or not fault.silent:
        eventually(lambda: "works again" in server.output[beginning:])
    lines = [line for line in server.output[beginning:].splitlines() if "Redis" in line]
    if lines or is_silent:
        assert len(lines) == 2, lines
        assert re.search(f"Redis fails: ({fault.reason})", lines[0]), lines
        assert "Redis works again" in lines[1]


def ready(server: Server) -> dict[str, str]:
    """Return what a process says of itself; with 200, whatever Redis does."""
    answer = requests.get(f"{server.url}/readyz", timeout=5)
    assert answer.status_code == 200
    said: dict[str, str] = answer.json()
    return said
