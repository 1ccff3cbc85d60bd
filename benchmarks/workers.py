"""Two workers on Redis against one process: what does it cost to deliver an event?

    python -m benchmarks.workers [--readers 2000] [--answers 20] [--rate 30] [--seconds 10]

The same answers stream to the same number of readers, who follow them by the protocol's rule: to
one process without Redis, and to two workers with it. Compared is the processor time of all server
processes for one delivery of one event to one reader. How many joins a reader needs shows whether
there is a rejoin storm: one is enough.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.following_client import FollowingClient
from benchmarks.light_client import LightClient
from benchmarks.setting import (
    TICKS_PER_SECOND,
    UNLIMITED,
    OwnServer,
    Setting,
    headline,
    prepared,
)
from tests.support.server import Server
from tests.support.services import redis_server
from tests.support.waiting import eventually

CONNECTING = 50  # at the same time
WARM_UP_SECONDS = 3.0
HEADINGS = ("events a second", "deliveries", "CPU of one", "joins per reader", "most", "load")


@contextmanager
def running(workers: int) -> Iterator[Setting]:
    """Run a server: one process without Redis, or several workers with it."""
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        database, cast = prepared(url)
        log = Path(folder) / "server.log"
        if workers == 1:
            with OwnServer(url, log, **UNLIMITED) as server:
                yield Setting(server, database, cast)
            return
        with redis_server(Path(folder)) as redis:
            settings = {"WORKERS": str(workers), "REDIS_URL": redis, **UNLIMITED}
            with OwnServer(url, log, **settings) as server:
                eventually(lambda: len(processes(server)) > workers, 60.0)
                time.sleep(WARM_UP_SECONDS)  # until all of them serve
                yield Setting(server, database, cast)


def processes(server: Server) -> list[int]:
    """Return the ids of a server's process and of those that it has started."""
    assert server.process is not None
    own = server.process.pid
    children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return [own, *map(int, children)]


def cpu_seconds(server: Server) -> float:
    """Return the processor time that all of a server's processes have used so far."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in processes(server)]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS_PER_SECOND


async def ask(here: Setting, answers: int, rate: float, seconds: float) -> list[str]:
    """Let the answers begin; return their conversations."""
    asking = await LightClient().open(here.server.url, here.cast.olive.token)
    question = f"/think 0 /tokens {int(rate * seconds)} /rate {rate:g}"
    wheres = []
    for _ in range(answers):
        where = here.database.conversation(here.cast.olive, here.cast.max)
        await asking.request("send", {"conversation": where, "content": question})
        wheres.append(where)
    asking.close()
    return wheres


async def connect(here: Setting, wheres: Sequence[str], count: int) -> list[FollowingClient]:
    """Return readers that are connected, as many in each conversation."""
    readers = [FollowingClient(wheres[number % len(wheres)]) for number in range(count)]
    semaphore = asyncio.Semaphore(CONNECTING)

    async def one(reader: FollowingClient) -> None:
        async with semaphore:
            await reader.connect(here.server.url, here.cast.max.token)

    await asyncio.gather(*map(one, readers))
    return readers


async def run(here: Setting, args: argparse.Namespace) -> tuple[float, str]:
    """Return the processor time of one delivery, and the cells of the table."""
    wheres = await ask(here, args.answers, args.rate, 3600)
    readers = await connect(here, wheres, args.readers)
    following = [asyncio.create_task(reader.follow()) for reader in readers]
    await asyncio.sleep(args.settling)
    before, cpu = sum(reader.chunks for reader in readers), cpu_seconds(here.server)
    await asyncio.sleep(args.seconds)
    cpu = cpu_seconds(here.server) - cpu
    deliveries = sum(reader.chunks for reader in readers) - before
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    joins = [reader.joins for reader in readers]
    each = cpu / max(1, deliveries)
    events = deliveries / args.seconds * args.answers / args.readers
    cells = [f"{events:,.0f}", f"{deliveries:,}", f"{each * 1e6:.1f} µs"]
    cells += [f"{sum(joins) / len(joins):.2f}", f"{max(joins)}", f"{os.getloadavg()[0]:.1f}"]
    return each, " | ".join(cells)


def main() -> None:
    """Print the table, and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--settling", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    headline(f"{args.readers:,} readers of {args.answers} answers of {args.rate:g} tokens/s")
    print(f"| workers | {' | '.join(HEADINGS)} |\n|{'---|' * (len(HEADINGS) + 1)}", flush=True)
    for _ in range(args.rounds):
        found = []
        for workers in (1, 2):
            with running(workers) as here:
                each, cells = asyncio.run(run(here, args))
            found.append(each)
            print(f"| {workers} | {cells} |", flush=True)
        print(f"\nTwo workers against one process: {found[1] / found[0]:.2f}\n", flush=True)


if __name__ == "__main__":
    main()
