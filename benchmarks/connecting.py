"""Readers connect, sign in, join an answer, and go: what does each of them cost the server?

    python -m benchmarks.connecting [--readers 1000] [--kilobytes 20] [--rounds 5]
    python -m benchmarks.connecting --minutes 10 [--readers 1000] [--turnover 20]

The same server in all rounds: if readers who have gone left anything behind, the memory would grow
from round to round. A server that has served nobody yet is the first to connect to, so that the
first round also pays for what it does once.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import deque

from benchmarks.join_storm import coalesced, connect_all, long_answer
from benchmarks.setting import Setting, cpu_seconds, headline, memory_of, setting

HEADINGS = (
    "round",
    "CPU: connect and sign in",
    "join",
    "go",
    "memory of a reader",
    "joined",
    "in all",
)
MINUTE_SECONDS = 60.0
AN_HOUR = "3600"  # for which the answer streams, although nothing more of it comes
SETTLING_SECONDS = 3.0  # for the last acknowledgements, and for readers that have gone


async def come_and_go(here: Setting, where: str, readers: int) -> str:
    """Let readers connect, join and go again; return cells of the table."""
    empty, began = memory_of(here.server), cpu_seconds(here.server)
    clients = await connect_all(here, readers)
    connected = cpu_seconds(here.server)
    idle = memory_of(here.server)
    await asyncio.gather(*(client.join(coalesced(where)) for client in clients))
    joined = cpu_seconds(here.server)
    await asyncio.sleep(SETTLING_SECONDS)
    full, settled = memory_of(here.server), cpu_seconds(here.server)
    for client in clients:
        client.close()
    await asyncio.sleep(SETTLING_SECONDS)
    gone = cpu_seconds(here.server) - settled
    times = [f"{seconds:.2f} s" for seconds in (connected - began, joined - connected, gone)]
    each = [f"{(memory - empty) / readers / 1000:.0f} kB" for memory in (idle, full)]
    return " | ".join([*times, *each, f"{full / 1e6:.0f} MB"])


async def replace(here: Setting, where: str, args: argparse.Namespace) -> None:
    """Replace readers for some minutes; print the server's memory, once a minute."""
    clients = deque(await connect_all(here, args.readers))
    await asyncio.gather(*(client.join(coalesced(where)) for client in clients))
    came = args.readers
    for minute in range(args.minutes + 1):
        print(f"| {minute} | {came:,} | {memory_of(here.server) / 1e6:.1f} MB |", flush=True)
        ends_at = time.monotonic() + MINUTE_SECONDS
        while minute < args.minutes and time.monotonic() < ends_at:
            next_at = time.monotonic() + 1
            for _ in range(args.turnover):
                clients.popleft().close()
            newcomers = await connect_all(here, args.turnover)
            await asyncio.gather(*(client.join(coalesced(where)) for client in newcomers))
            clients.extend(newcomers)
            came += args.turnover
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=int, default=0)
    parser.add_argument("--turnover", type=int, default=20)
    args = parser.parse_args()
    headline(f"{args.readers:,} readers come, join an answer of {args.kilobytes} kB, and go")
    with setting(PROVIDER_READ_SECONDS=AN_HOUR, PROVIDER_TOTAL_SECONDS=AN_HOUR) as here:
        where = long_answer(here, args.kilobytes)
        if args.minutes:
            print(f"| minute | readers so far | memory |\n{'|---' * 3}|", flush=True)
            return asyncio.run(replace(here, where, args))
        print(f"| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|", flush=True)
        for number in range(args.rounds):
            row = asyncio.run(come_and_go(here, where, args.readers))
            print(f"| {number + 1} | {row} |", flush=True)


if __name__ == "__main__":
    main()
