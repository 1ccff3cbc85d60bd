"""A thousand readers join a long answer in the middle, all at once.

    python -m benchmarks.join_storm [--readers 1000] [--kilobytes 20] [--runs 3]

Joins with the same cursor are coalesced into one read and one encoding. For comparison, the second
run reads and encodes for each reader separately: each claims to hold a different message that does
not exist, so that no two cursors are the same.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

from app.providers.demo_script import script_for
from benchmarks.light_client import LightClient
from benchmarks.setting import Setting, cpu_seconds, headline, percentile, setting
from tests.support.client import Client
from tests.support.waiting import eventually

Payload = Callable[[str], dict[str, Any]]
TOKENS_PER_KILOBYTE = 175  # of the demo model
CONNECTING = 100  # at the same time


def coalesced(where: str) -> dict[str, Any]:
    """Return the join of a reader that holds nothing."""
    return {"conversation": where}


def separate(where: str) -> dict[str, Any]:
    """Return the join of a reader that claims to hold something that no other does."""
    return {"conversation": where, "have": {secrets.token_hex(16): 1}}


def long_answer(here: Setting, kilobytes: int) -> str:
    """Return a conversation in which an answer of this length is still streaming."""
    where = here.database.conversation(here.cast.olive, here.cast.max)
    tokens = kilobytes * TOKENS_PER_KILOBYTE
    question = f"/tokens {tokens} /rate 0 /hang after {tokens}"
    with Client().open(here.server.url, here.cast.olive.token) as olive:
        reply = olive.ask("send", {"conversation": where, "content": question})["reply"]
        eventually(lambda: here.database.message(reply).content == script_for(question).text)
    return where


async def storm(here: Setting, where: str, readers: int, payload: Payload) -> str:
    """Let all join at once; return cells of the table."""
    clients = await connect_all(here, readers)
    cpu, began = cpu_seconds(here.server), time.monotonic()

    async def join(client: LightClient) -> float:
        await client.join(payload(where))
        return time.monotonic() - began

    taken = await asyncio.gather(*(join(client) for client in clients))
    cpu = cpu_seconds(here.server) - cpu
    for client in clients:
        client.close()
    figures = f"{percentile(taken, 0.5):.2f} s | {max(taken):.2f} s | {cpu:.2f} s"
    return f"{figures} | {sum(client.bytes_read for client in clients) / 1e6:.1f} MB"


async def connect_all(here: Setting, readers: int) -> list[LightClient]:
    """Return readers that have connected and signed in."""
    semaphore = asyncio.Semaphore(CONNECTING)

    async def connect() -> LightClient:
        async with semaphore:
            return await LightClient().open(here.server.url, here.cast.max.token)

    return await asyncio.gather(*(connect() for _ in range(readers)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    headline(f"{args.readers:,} readers join an answer of {args.kilobytes} kB at once")
    print(
        "| | half of them have the state after | all | server CPU | sent |\n|---|---|---|---|---|"
    )
    for _ in range(args.runs):
        for name, payload in (("coalesced", coalesced), ("separate", separate)):
            with setting() as here:
                where = long_answer(here, args.kilobytes)
                print(f"| {name} | {asyncio.run(storm(here, where, args.readers, payload))} |")


if __name__ == "__main__":
    main()
