"""Readers join at one server process while another writes 20 answers.

    python -m benchmarks.rejoin_storm [--answers 20] [--rate 50] [--readers 100] [--seconds 10]

Two processes, PostgreSQL and Redis. All readers join at the second process at once. Then it is
killed and started again, and twice as many readers who were there rejoin at once. Each time, the
chunks that arrive two seconds after a reader's join or later should all continue its text.

For comparison, the last row has readers that drop the chunks that come before a join's state, and
join again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from benchmarks.following_client import SETTLED_SECONDS, FollowingClient
from benchmarks.light_client import LightClient
from benchmarks.setting import Setting, headline, percentile, two_processes
from midstream.early import EarlyEvents
from tests.support.server import Server

WARM_UP_SECONDS = 2.0
HEADINGS = (
    *("joins per reader", "most", "too early", "chunks a second"),
    *("applied after the acknowledgement", "applied after 2 s"),
    *("in step after: median", "p99", "worst", "load"),
)


class Storm:
    """Answers that stream in the first process, and readers at the second."""

    def __init__(self, here: Setting, second: Server, seconds: float) -> None:
        self._here, self._second, self._seconds = here, second, seconds
        self.conversations: list[str] = []
        self.replies: dict[str, str] = {}

    async def ask(self, answers: int, rate: float, tokens: int) -> None:
        """Let the answers begin."""
        olive, max_ = self._here.cast.olive, self._here.cast.max
        asking = await LightClient().open(self._here.server.url, olive.token)
        for _ in range(answers):
            where = self._here.database.conversation(olive, max_)
            question = f"/think 0 /tokens {tokens} /rate {rate:g}"
            await asking.request("send", {"conversation": where, "content": question})
            self.conversations.append(where)
        asking.close()
        await asyncio.sleep(WARM_UP_SECONDS)

    def readers(self, count: int) -> list[FollowingClient]:
        """Return readers that hold nothing yet, as many in each conversation."""
        return [
            FollowingClient(self.conversations[number % len(self.conversations)])
            for number in range(count)
        ]

    async def follow(self, readers: Sequence[FollowingClient]) -> str:
        """Let all join at once, and follow for a while; return cells of the table."""
        for reader in readers:
            await reader.connect(self._second.url, self._here.cast.max.token)
        following = [asyncio.create_task(reader.follow()) for reader in readers]
        await asyncio.sleep(self._seconds)
        for task in following:
            task.cancel()
        ended = await asyncio.gather(*following, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended
        return cells(readers, self._seconds - SETTLED_SECONDS)

    async def restart(self) -> None:
        """Kill the second process and start it again."""
        await asyncio.to_thread(self._second.kill)
        await asyncio.to_thread(self._second.start)

    def check(self, readers: Sequence[FollowingClient]) -> None:
        """Assert that each reader's text is a prefix of what is stored."""
        for where in self.conversations:
            stored = {each.id: each for each in self._here.database.messages(where)}
            held = [r.log.messages for r in readers if r.log.conversation == where]
            for message in (message for messages in held for message in messages.values()):
                assert stored[message.id].content.startswith(message.content)


def cells(readers: Sequence[FollowingClient], seconds: float) -> str:
    """Return the figures of these readers."""
    joins = [reader.joins for reader in readers]
    settled = [fits for reader in readers for fits in reader.settled]
    joined = [fits for reader in readers for fits in reader.joined]
    until = [reader.seconds_until_in_step for reader in readers]
    times = [statistics.median(until), percentile(until, 0.99), max(until)]
    figures = [f"{statistics.mean(joins):.2f}", f"{max(joins)}"]
    figures += [f"{sum(reader.early for reader in readers):,}", f"{len(settled) / seconds:,.0f}"]
    figures += [f"{sum(fits) / max(1, len(fits)):.2%}" for fits in (joined, settled)]
    figures += [f"{each:.2f} s" for each in times]
    return " | ".join([*figures, f"{os.getloadavg()[0]:.1f}"])


async def run(storm: Storm, args: argparse.Namespace) -> None:
    """Print the rows of the table."""
    tokens = int(args.rate * (10 * args.seconds + 120))
    await storm.ask(args.answers, args.rate, tokens)
    joining = storm.readers(args.readers)
    print(f"| {args.readers} join | {await storm.follow(joining)} |", flush=True)
    await storm.follow(others := storm.readers(2 * args.readers))
    await storm.restart()
    print(f"| {2 * args.readers} after a kill | {await storm.follow(others)} |", flush=True)
    await asyncio.to_thread(storm.check, [*joining, *others])
    with dropping_early_events():
        print(f"| {args.readers} that drop | {await storm.follow(storm.readers(args.readers))} |")


@contextmanager
def dropping_early_events() -> Iterator[None]:
    """Let readers drop what comes too early."""

    def drop(self: EarlyEvents, *_event: object) -> None:
        self._has_dropped = True

    with mock.patch.object(EarlyEvents, "keep", drop):
        yield


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    headline(f"{args.answers} answers in one process, {args.readers} readers join at another")
    print(f"| | {' | '.join(HEADINGS)} |\n|{'---|' * (len(HEADINGS) + 1)}", flush=True)
    with two_processes() as (here, second):
        asyncio.run(run(Storm(here, second, args.seconds), args))


if __name__ == "__main__":
    main()
