"""Readers connect, sign in, join an answer, and go: what does each of them cost the server?

    python -m benchmarks.connecting [--readers 1000] [--kilobytes 20] [--rounds 5]

The same server in all rounds: if readers who have gone left anything behind, the memory would grow
from round to round. A server that has served nobody yet is the first to connect to, so that the
first round also pays for what it does once.
"""

from __future__ import annotations

import argparse
import asyncio

from benchmarks.join_storm import coalesced, connect_all, long_answer
from benchmarks.setting import Setting, cpu_seconds, headline, memory_of, setting

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    headline(f"{args.readers:,} readers come, join an answer of {args.kilobytes} kB, and go")
    print("| round | CPU: connect and sign in | join | go | memory of a reader | joined | in all |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with setting() as here:
        where = long_answer(here, args.kilobytes)
        for number in range(args.rounds):
            row = asyncio.run(come_and_go(here, where, args.readers))
            print(f"| {number + 1} | {row} |", flush=True)


if __name__ == "__main__":
    main()
