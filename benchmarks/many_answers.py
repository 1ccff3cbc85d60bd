"""Many answers at once in one process: how long from a token to its reader, at what cost?

    python -m benchmarks.many_answers [--answers 300] [--rate 50] [--tokens 1000] [--runs 3]

The demo says token n of an answer n/rate seconds after its beginning, which is taken to be where
its promptest chunk puts it. The lag of a chunk is that of its oldest token. That of the endings is
given beside it, for all of them come within the same second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import defaultdict
from typing import NamedTuple

from benchmarks.crowd import NAMESPACE, Onlooker
from benchmarks.setting import Setting, cpu_seconds, headline, percentile, setting

CONNECTIONS = 10
EVENT = f"42{NAMESPACE},"
HEADINGS = ("text p50", "p99", "worst", "ending p50", "worst", "CPU of one core")


class Arrival(NamedTuple):
    """When a chunk came, and how many tokens of its answer had come before and after it."""

    at: float
    before: int
    after: int


class Listener:
    """Takes down when every chunk comes; looks at what was in it afterwards."""

    def __init__(self, answers: int) -> None:
        self._heard: list[tuple[float, str]] = []
        self._awaited = answers
        self.all_ended = asyncio.Event()

    async def listen(self, reader: Onlooker) -> None:
        """Take down what one connection hears, for ever."""
        while packet := await reader.packets.get():
            if packet.startswith(EVENT):
                self._heard.append((time.monotonic(), packet))
                self._awaited -= packet.startswith(f'{EVENT}["streaming_end"')
                if not self._awaited:
                    self.all_ended.set()

    def answers(self) -> list[list[Arrival]]:
        """Return the arrivals of each answer, counted in tokens."""
        answers: defaultdict[str, list[Arrival]] = defaultdict(list)
        for at, packet in self._heard:
            name, data = json.loads(packet.removeprefix(EVENT))
            if name in ("chunk", "streaming_end"):
                count = answers[data["id"]][-1].after if answers[data["id"]] else 0
                after = count + len(data.get("content", "").split())
                answers[data["id"]].append(Arrival(at, count, after))
        return list(answers.values())


def lags(arrivals: list[Arrival], rate: float) -> list[float]:
    """Return by how many seconds each chunk's oldest token was late."""
    began = min(arrival.at - arrival.after / rate for arrival in arrivals)
    return [arrival.at - (began + (arrival.before + 1) / rate) for arrival in arrivals]


async def run(here: Setting, answers: int, tokens: int, rate: float) -> str:
    """Let so many answers stream at once; return a row of the table."""
    places = [here.database.conversation(here.cast.olive) for _ in range(answers)]
    readers = [
        await Onlooker().open(here.server.url, here.cast.olive.token) for _ in range(CONNECTIONS)
    ]
    for number, where in enumerate(places):
        await readers[number % CONNECTIONS].ask("join", {"conversation": where})
    listener = Listener(answers)
    listening = [asyncio.create_task(listener.listen(reader)) for reader in readers]
    question = f"/tokens {tokens} /rate {rate:g}"
    for number, where in enumerate(places):
        asked = {"conversation": where, "content": question}
        readers[number % CONNECTIONS].say("send", asked)
    share = await _share(here, tokens / rate)
    await asyncio.wait_for(listener.all_ended.wait(), 10 * tokens / rate)
    for task in listening:
        task.cancel()
    for reader in readers:
        reader.close()
    return _row(listener, share, tokens, rate)


async def _share(here: Setting, seconds: float) -> float:
    """Return how much of a core the server takes while all of them stream."""
    await asyncio.sleep(seconds / 4)
    cpu, began = cpu_seconds(here.server), time.monotonic()
    await asyncio.sleep(seconds / 2)
    return (cpu_seconds(here.server) - cpu) / (time.monotonic() - began)


def _row(listener: Listener, share: float, tokens: int, rate: float) -> str:
    answers = listener.answers()
    assert all(chunks[-1].after == tokens for chunks in answers), "text is missing"
    late = [lags(chunks, rate) for chunks in answers]
    text = [lag for chunks in late for lag in chunks[:-1]]
    ends = [chunks[-1] for chunks in late]
    figures = [percentile(text, 0.5), percentile(text, 0.99), max(text)]
    figures += [percentile(ends, 0.5), max(ends)]
    return "| " + " | ".join([f"{1000 * figure:.0f} ms" for figure in figures] + [f"{share:.0%} |"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    headline(f"{args.answers} answers at once, {args.rate:g} tokens a second each, one process")
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}")
    for _ in range(args.runs):
        with setting() as here:
            print(asyncio.run(run(here, args.answers, args.tokens, args.rate)), flush=True)


if __name__ == "__main__":
    main()
