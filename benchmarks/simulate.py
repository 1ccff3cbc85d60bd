"""What a deployment needs: predicted from what its parts cost, and compared with a measured one.

    python -m benchmarks.simulate [--readers 1000000] [--answers 10000] [--rate 50] [--grouped]
    python -m benchmarks.simulate --measure [--seconds 10]

The costs are in benchmarks/cost_model.py. With `--measure` some deployments that fit on this
machine are started on PostgreSQL and Redis, with as many processes; readers follow by the
protocol's rule. Measured is the processor time of the servers, of Redis and of PostgreSQL, and what
the database writes, while nobody comes or goes and no answer ends. After that: what a reader costs
who only waits, and one who joins by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import psycopg
from redis import Redis

from benchmarks.cost_model import (
    FULL,
    Costs,
    Deployment,
    memory,
    parts,
    processes_needed,
    processors,
)
from benchmarks.following_client import FollowingClient
from benchmarks.light_client import LightClient
from benchmarks.setting import UNLIMITED, cpu_seconds, headline, prepared
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server
from tests.support.services import postgres_cluster, redis_server

CONNECTING = 50  # at the same time
SETTLING_SECONDS = 6.0
ENDLESS = 3600  # seconds
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

MEASURED = (
    Deployment(200, 1, 25),
    Deployment(600, 6, 10),
    Deployment(100, 50, 25),
    Deployment(600, 20, 10, processes=2),
    Deployment(600, 20, 10, processes=2, grouped=True),
    Deployment(100, 50, 25, processes=2),
    Deployment(100, 20, 10),
    Deployment(100, 20, 10, processes=2),
    Deployment(100, 20, 10, processes=2, grouped=True),
    Deployment(200, 200, 25),
)
WAITING = 400  # readers, who then join one after the other
WAITING_SECONDS = 50.0  # two pings of each
LONG = "/think 0 /tokens 3500 /rate 0"  # 20 kB
READER_HEADINGS = (
    *("one", "the server's processor", "PostgreSQL's", "transactions", "bytes received"),
)
HEADINGS = (
    *("readers", "answers", "tokens/s of one", "processes"),
    *("events/s", "deliveries/s", "predicted", "measured", "ratio"),
    *("Redis", "PostgreSQL", "transactions/s", "WAL/s", "bytes of a delivery", "load"),
)


class Figures(NamedTuple):
    """What all parts have used so far: seconds of processor time, counts and bytes."""

    servers: float
    redis: float
    postgres: float
    transactions: float
    wal: float
    received: float
    chunks: float

    def since(self, before: Figures, seconds: float) -> Figures:
        """Return what they have used in a second since `before`."""
        return self.less(before).times(1 / seconds)

    def less(self, other: Figures) -> Figures:
        """Return what they have used besides."""
        return Figures(*(mine - its for mine, its in zip(self, other, strict=True)))

    def times(self, factor: float) -> Figures:
        """Return so many times as much."""
        return Figures(*(factor * value for value in self))


@dataclass(frozen=True)
class Place:
    """What runs: the servers, their users, the database and Redis."""

    servers: Sequence[Server]
    database: Database
    cast: Cast
    postgres: psycopg.Connection
    redis: Redis

    def figures(self, readers: Sequence[FollowingClient | JoiningClient]) -> Figures:
        """Return what has been used so far."""
        used = self.redis.info("cpu")
        return Figures(
            servers=sum(map(cpu_seconds, self.servers)),
            redis=used["used_cpu_user"] + used["used_cpu_sys"],
            postgres=cpu_of_group(self.postgres.info.backend_pid),
            transactions=self._number(
                "SELECT xact_commit + xact_rollback FROM pg_stat_database"
                " WHERE datname = current_database()"
            ),
            wal=self._number("SELECT pg_current_wal_insert_lsn() - '0/0'"),
            received=sum(reader.bytes_read for reader in readers),
            chunks=sum(reader.chunks for reader in readers),
        )

    def _number(self, query: str) -> float:
        row = self.postgres.execute(query).fetchone()
        assert row is not None
        return float(row[0])


class JoiningClient(LightClient):
    """Joins when it is told to, where nothing streams."""

    chunks = 0


def cpu_of_group(backend: int) -> float:
    """Return the processor time of all processes of the PostgreSQL that a backend belongs to; what
    has ended counts too."""
    parent = int(stat_of(backend)[1])
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ended = sum(map(int, stat_of(parent)[13:15]))
    alive = 0
    for pid in [*map(int, children), parent]:
        with suppress(FileNotFoundError):  # it has just ended
            alive += sum(map(int, stat_of(pid)[11:13]))
    return (ended + alive) / TICKS_PER_SECOND


def stat_of(pid: int) -> list[str]:
    """Return what the kernel says of a process, after its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def running(count: int) -> Iterator[Place]:
    """Run so many server processes on PostgreSQL and Redis."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="midstream-")))
        redis_url = stack.enter_context(redis_server(folder))
        url = stack.enter_context(postgres_cluster()).url
        database, cast = prepared(url)
        settings = UNLIMITED | ({"REDIS_URL": redis_url} if count > 1 else {})
        servers = [
            stack.enter_context(Server(url, folder / f"{number}.log", **settings))
            for number in range(count)
        ]
        plain = url.replace("+psycopg", "")
        postgres = stack.enter_context(psycopg.connect(plain, autocommit=True))
        redis = stack.enter_context(Redis.from_url(redis_url))
        yield Place(servers, database, cast, postgres, redis)
        database.close()


async def ask(place: Place, it: Deployment) -> list[str]:
    """Let the answers begin, as many in each process; return their conversations."""
    question = f"/think 0 /tokens {int(it.rate * ENDLESS)} /rate {it.rate:g}"
    clients = [await LightClient().open(s.url, place.cast.olive.token) for s in place.servers]
    wheres = []
    for number in range(it.answers):
        where = place.database.conversation(place.cast.olive, place.cast.max)
        payload = {"conversation": where, "content": question}
        await clients[number % len(clients)].request("send", payload)
        wheres.append(where)
    for client in clients:
        client.close()
    return wheres


async def connect(place: Place, it: Deployment, wheres: Sequence[str]) -> list[FollowingClient]:
    """Return the readers: each where its answer is written, if they are grouped, else in turn."""
    semaphore = asyncio.Semaphore(CONNECTING)
    readers = [FollowingClient(wheres[number % len(wheres)]) for number in range(it.readers)]

    async def one(number: int) -> None:
        here = number % it.answers if it.grouped else number // it.answers
        async with semaphore:
            server = place.servers[here % len(place.servers)]
            await readers[number].connect(server.url, place.cast.max.token)

    await asyncio.gather(*map(one, range(it.readers)))
    return readers


async def use_of(place: Place, it: Deployment, seconds: float) -> Figures:
    """Return what all parts use in a second."""
    readers = await connect(place, it, await ask(place, it))
    following = [asyncio.create_task(reader.follow()) for reader in readers]
    await asyncio.sleep(SETTLING_SECONDS)
    before = place.figures(readers)
    await asyncio.sleep(seconds)
    found = place.figures(readers).since(before, seconds)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    return found


def measure(it: Deployment, seconds: float) -> str:
    """Return a row of the table."""
    with running(it.processes) as place:
        used = asyncio.run(use_of(place, it, seconds))
    seen = used.chunks / it.readers  # a busy machine says fewer tokens a second
    predicted = processors(replace(it, rate=seen, tokens=10**9))  # no answer ends meanwhile
    size = used.received / max(1.0, used.chunks)
    how = f"{it.processes}, grouped" if it.grouped else f"{it.processes}"
    cells = [f"{it.readers:,}", f"{it.answers:,}", f"{it.rate:g}", how]
    cells += [f"{used.chunks / it.readers_of_one:,.0f}", f"{used.chunks:,.0f}"]
    cells += [f"{predicted:.2f}", f"{used.servers:.2f}", f"{used.servers / predicted:.2f}"]
    cells += [f"{used.redis:.2f}", f"{used.postgres:.2f}", f"{used.transactions:,.0f}"]
    cells += [f"{used.wal / 1000:,.0f} kB", f"{size:.0f}", f"{os.getloadavg()[0]:.1f}"]
    return f"| {' | '.join(cells)} |"


async def waiting_and_joining(place: Place) -> tuple[Figures, Figures]:
    """Return what a reader uses in a second who only waits, and what each join uses."""
    server, token = place.servers[0], place.cast.max.token
    where = place.database.conversation(place.cast.olive, place.cast.max)
    asker = await LightClient().open(server.url, place.cast.olive.token)
    await asker.request("send", {"conversation": where, "content": LONG})
    nobody = await use_meanwhile(place, [])
    readers = [JoiningClient() for _ in range(WAITING)]
    for reader in readers:
        await reader.open(server.url, token)
        await reader.request("join", {"conversation": where, "after": 0})
    waiting = await use_meanwhile(place, readers)
    before, began = place.figures(readers), time.monotonic()
    for reader in readers:
        await reader.request("join", {"conversation": where, "after": 0})
    await asyncio.sleep(SETTLING_SECONDS)
    joined = place.figures(readers).since(before, 1.0)
    meanwhile = waiting.times(time.monotonic() - began)
    for client in (asker, *readers):
        client.close()
    return waiting.less(nobody).times(1 / WAITING), joined.less(meanwhile).times(1 / WAITING)


async def use_meanwhile(place: Place, readers: Sequence[JoiningClient]) -> Figures:
    """Return what is used in a second while nothing is done. PostgreSQL's counts come a moment
    later."""
    await asyncio.sleep(SETTLING_SECONDS)
    before = place.figures(readers)
    await asyncio.sleep(WAITING_SECONDS)
    return place.figures(readers).since(before, WAITING_SECONDS)


def measure_readers() -> Iterator[str]:
    """Yield the rows of the table about readers."""
    with running(1) as place:
        found = asyncio.run(waiting_and_joining(place))
    for name, it in zip(("reader who waits, in a second", "join of 20 kB"), found, strict=True):
        cells = [name, f"{it.servers * 1e6:,.0f} µs", f"{it.postgres * 1e6:,.0f} µs"]
        cells += [f"{it.transactions:.3f}", f"{it.received:,.0f}"]
        yield f"| {' | '.join(cells)} |"


def show(it: Deployment) -> None:
    """Print what a deployment needs."""
    costs = Costs()
    needed = replace(it, processes=processes_needed(it, costs))
    busy = processors(needed, costs)
    print(f"{it.readers:,} readers of {it.answers:,} answers of {it.rate:g} tokens a second")
    print(f"{needed.processes:,} processes, {busy / needed.processes:.0%} of a processor each")
    print(f"(at most {FULL:.0%}), {memory(needed, costs) / 1e9:,.1f} GB of memory\n")
    print("| | in a second | processors | |\n|---|---|---|---|")
    counts = {
        "commits": needed.commits,
        "events": needed.events,
        "tokens": needed.answers * needed.rate,
        "deliveries": needed.deliveries,
        "publications": needed.publications,
        "crossings": needed.crossings,
        "ends": needed.ends,
        "connecting and joining": needed.reconnects,
        "processes": needed.processes,
    }
    for name, seconds in parts(needed, costs).items():
        print(f"| {name} | {counts[name]:,.0f} | {seconds:,.1f} | {seconds / busy:.0%} |")


def main() -> None:
    """Print what is predicted, or the table of what is measured beside it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--reconnects", type=float, default=0)
    parser.add_argument("--grouped", action="store_true")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    if not args.measure:
        load = (args.readers, args.answers, args.rate)
        return show(Deployment(*load, grouped=args.grouped, reconnects=args.reconnects))
    headline("Processors that deployments keep busy: predicted, and measured")
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}", flush=True)
    for it in MEASURED:
        print(measure(it, args.seconds), flush=True)
    print(f"\n| {' | '.join(READER_HEADINGS)} |\n|{'---|' * len(READER_HEADINGS)}", flush=True)
    for row in measure_readers():
        print(row, flush=True)


if __name__ == "__main__":
    main()
