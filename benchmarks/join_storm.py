"""A thousand readers join a long answer in its middle, at once.

    python -m benchmarks.join_storm [--readers 1000] [--kilobytes 20] [--runs 3]

As it is, those who hold the same share one read and one encoding. Beside it, the naive way: what
each is sent is read and encoded for it alone. That is had by letting each believe in a message
of its own that does not exist, so that no two hold the same.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

from app.providers.demo_script import script_for
from benchmarks.crowd import Onlooker
from benchmarks.setting import Setting, cpu_seconds, headline, percentile, setting
from tests.support.client import Client
from tests.support.waiting import eventually

Wish = Callable[[str], dict[str, Any]]
TOKENS_A_KILOBYTE = 175  # of the demo's
AT_ONCE = 100  # connections being opened


def together(where: str) -> dict[str, Any]:
    """All hold the same: nothing."""
    return {"conversation": where}


def each_alone(where: str) -> dict[str, Any]:
    """Each holds something else."""
    return {"conversation": where, "have": {secrets.token_hex(16): 1}}


def long_answer(here: Setting, kilobytes: int) -> str:
    """Return a conversation in which an answer of that length is still streaming."""
    where = here.database.conversation(here.cast.olive, here.cast.max)
    tokens = kilobytes * TOKENS_A_KILOBYTE
    question = f"/tokens {tokens} /rate 0 /hang after {tokens}"
    with Client().open(here.server.url, here.cast.olive.token) as olive:
        reply = olive.ask("send", {"conversation": where, "content": question})["reply"]
        eventually(lambda: here.database.message(reply).content == script_for(question).text)
    return where


async def storm(here: Setting, where: str, readers: int, wish: Wish) -> str:
    """Let all join at once; return cells of the table."""
    crowd = await _gather(here, readers)
    cpu, began = cpu_seconds(here.server), time.monotonic()

    async def join(onlooker: Onlooker) -> float:
        await onlooker.join(wish(where))
        return time.monotonic() - began

    taken = await asyncio.gather(*(join(onlooker) for onlooker in crowd))
    cpu = cpu_seconds(here.server) - cpu
    for onlooker in crowd:
        onlooker.close()
    figures = f"{percentile(taken, 0.5):.2f} s | {max(taken):.2f} s | {cpu:.2f} s"
    return f"{figures} | {sum(onlooker.bytes_read for onlooker in crowd) / 1e6:.1f} MB"


async def _gather(here: Setting, readers: int) -> list[Onlooker]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Onlooker:
        async with gate:
            return await Onlooker().open(here.server.url, here.cast.max.token)

    return await asyncio.gather(*(one() for _ in range(readers)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    headline(f"{args.readers:,} readers join an answer of {args.kilobytes} kB at once")
    print("| | half of them have it after | all | server CPU | sent |\n|---|---|---|---|---|")
    for _ in range(args.runs):
        for name, wish in (("as it is", together), ("each alone", each_alone)):
            with setting() as here:
                where = long_answer(here, args.kilobytes)
                print(f"| {name} | {asyncio.run(storm(here, where, args.readers, wish))} |")


if __name__ == "__main__":
    main()
