"""Five hundred people in a hundred conversations, twenty of whom type: what does presence cost?

    python -m benchmarks.presence [--people 500] [--conversations 100] [--typing 20] [--seconds 60]

Each person is in one conversation, with one connection. First they only follow it; then each says
that they are here, and now and then that they scroll up or hide the page; some type, with pauses.
The difference of the server's processor time is the cost of presence. With Redis the server also
exchanges it with other processes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import cycle
from pathlib import Path

from benchmarks.light_client import LightClient
from benchmarks.setting import Setting, cpu_seconds, headline, setting
from tests.support.services import redis_server

CONNECTING = 50  # at the same time
JOIN_SECONDS = 60.0  # on a busy machine
SETTLING_SECONDS = 5.0
TYPING_SECONDS = 3.0  # between two events of somebody who types, as the page sends them
BURST = 4  # of them, then a pause that is as long
CHANGE_SECONDS = 60.0  # between two changes of what somebody sees

Placed = list[tuple[str, LightClient]]
"""Each person's conversation and connection."""


async def connected(here: Setting, people: int, conversations: int) -> Placed:
    """Make people and conversations; return a joined connection of each person."""
    bots = [here.database.bot(f"person-{number}") for number in range(people)]
    groups = [bots[number::conversations] for number in range(conversations)]
    semaphore = asyncio.Semaphore(CONNECTING)

    async def join(where: str, token: str) -> tuple[str, LightClient]:
        async with semaphore:
            client = LightClient()
            async with asyncio.timeout(JOIN_SECONDS):  # it waits in vain if it is refused
                await client.open(here.server.url, token)
                await client.request("join", {"conversation": where})
            return where, client

    places = [(here.database.conversation(*group), group) for group in groups if group]
    joins = [join(where, person.token) for where, group in places for person in group]
    return await asyncio.gather(*joins)


async def measured(here: Setting, seconds: float) -> float:
    """Return the share of a core that the server uses during this time."""
    began, cpu = time.monotonic(), cpu_seconds(here.server)
    await asyncio.sleep(seconds)
    return (cpu_seconds(here.server) - cpu) / (time.monotonic() - began)


async def be_here(where: str, client: LightClient, delay: float) -> None:
    """Say that somebody is here; then and again that what they see has changed."""
    await asyncio.sleep(delay)
    for following in cycle((True, False)):
        client.send("presence", {"conversation": where, "following": following})
        await asyncio.sleep(CHANGE_SECONDS)


async def write(where: str, client: LightClient, delay: float) -> None:
    """Type for a while, pause as long, and type again."""
    await asyncio.sleep(delay)
    while True:
        for _ in range(BURST):
            client.send("typing", {"conversation": where})
            await asyncio.sleep(TYPING_SECONDS)
        await asyncio.sleep(BURST * TYPING_SECONDS)


async def compare(here: Setting, args: argparse.Namespace) -> str:
    """Return cells of the table."""
    placed = await connected(here, args.people, args.conversations)
    await asyncio.sleep(SETTLING_SECONDS)
    before = await measured(here, args.seconds)
    spread = CHANGE_SECONDS / len(placed)
    tasks = [be_here(*each, number * spread) for number, each in enumerate(placed)]
    period = 2 * BURST * TYPING_SECONDS
    writers = placed[: args.typing]
    tasks += [write(*each, number * period / args.typing) for number, each in enumerate(writers)]
    running = [asyncio.create_task(task) for task in tasks]
    await asyncio.sleep(CHANGE_SECONDS + SETTLING_SECONDS)  # until everybody is here
    bytes_before = sum(client.bytes_read for _, client in placed)
    meanwhile = await measured(here, args.seconds)
    sent = (sum(client.bytes_read for _, client in placed) - bytes_before) / args.seconds
    for task in running:
        task.cancel()
    for _, client in placed:
        client.close()
    cost = meanwhile - before
    return f"{before:.1%} | {meanwhile:.1%} | **{cost:.1%}** | {sent / 1000:.1f} kB/s"


@contextmanager
def redis() -> Iterator[dict[str, str]]:
    """Run a Redis; yield the setting that names it."""
    with (
        tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder,
        redis_server(Path(folder)) as url,
    ):
        yield {"REDIS_URL": url}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--typing", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    headline(
        f"{args.people} people in {args.conversations} conversations, {args.typing} of whom type"
    )
    print("| | they follow | they are here and type | presence, of a core | sent to all |")
    print("|---|---|---|---|---|", flush=True)
    for name, settings in (("one process", nullcontext({})), ("with Redis", redis())):
        with settings as more, setting(**more) as here:
            print(f"| {name} | {asyncio.run(compare(here, args))} |", flush=True)


if __name__ == "__main__":
    main()
