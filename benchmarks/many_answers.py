"""Many answers at once in one process, or one: the delay from a token to its reader, and the cost.

    python -m benchmarks.many_answers [--answers 300] [--rate 50] [--tokens 1000] [--runs 3]

A model in a process of its own is asked as any model is, and each of its tokens is the moment at
which it is sent. All answers begin together, when all are asked for. The lag of a chunk is that of
its oldest token, from there to its arrival at a reader. How long it takes until the end of an
answer has arrived, after its last token, is listed separately, because all answers end within the
same second.

The processor time of an event is all that the server uses while the answers stream, by the number
of events that arrive meanwhile; so it has a share of what an idle server uses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import defaultdict
from typing import NamedTuple

from benchmarks.light_client import NAMESPACE, LightClient
from benchmarks.setting import (
    Setting,
    cpu_seconds,
    headline,
    leave_a_processor_to_the_server,
    percentile,
    setting,
)
from benchmarks.timed_model import timed_model

CONNECTIONS = 10
EVENT = f"42{NAMESPACE},"
HEADINGS = (
    "text p50",
    "p99",
    "worst",
    "ending p50",
    "worst",
    "CPU of one core",
    "events a second",
    "tokens of an event",
    "CPU of an event",
)


class Arrival(NamedTuple):
    """When a chunk arrived, and when its tokens were said."""

    at: float
    said: list[float]


class Use(NamedTuple):
    """What the server used, in seconds of processor time, between two moments."""

    began: float
    ended: float
    cpu: float


class Recorder:
    """Records when each event arrives; decodes the events afterwards."""

    def __init__(self, answers: int) -> None:
        self._received: list[tuple[float, str]] = []
        self._unfinished = answers
        self.first = asyncio.Event()
        self.all_ended = asyncio.Event()

    async def record(self, reader: LightClient) -> None:
        """Record what one connection receives, until it is cancelled."""
        while packet := await reader.packets.get():
            if packet.startswith(EVENT):
                self._received.append((time.monotonic(), packet))
                if packet.startswith(f'{EVENT}["chunk"'):
                    self.first.set()
                self._unfinished -= packet.startswith(f'{EVENT}["streaming_end"')
                if not self._unfinished:
                    self.all_ended.set()

    def answers(self) -> list[list[Arrival]]:
        """Return the arrivals of each answer."""
        answers: defaultdict[str, list[Arrival]] = defaultdict(list)
        for at, packet in self._received:
            name, data = json.loads(packet.removeprefix(EVENT))
            if name in ("chunk", "streaming_end"):
                said = [float(token) for token in data.get("content", "").split()]
                answers[data["id"]].append(Arrival(at, said))
        return list(answers.values())


async def run(here: Setting, answers: int, tokens: int, rate: float) -> str:
    """Let this many answers stream at once; return a row of the table."""
    conversations = [here.database.conversation(here.cast.olive) for _ in range(answers)]
    readers = [
        await LightClient().open(here.server.url, here.cast.olive.token)
        for _ in range(min(answers, CONNECTIONS))
    ]
    for number, where in enumerate(conversations):
        await readers[number % len(readers)].request("join", {"conversation": where})
    recorder = Recorder(answers)
    recording = [asyncio.create_task(recorder.record(reader)) for reader in readers]
    question = f"/tokens {tokens} /rate {rate:g} /together {answers}"
    for number, where in enumerate(conversations):
        payload = {"conversation": where, "content": question, "model": "openai:fake"}
        readers[number % len(readers)].send("send", payload)
    await recorder.first.wait()
    use = await _use(here, tokens / rate)
    await asyncio.wait_for(recorder.all_ended.wait(), 60 + 10 * tokens / rate)
    for task in recording:
        task.cancel()
    for reader in readers:
        reader.close()
    return _row(recorder.answers(), use, tokens)


async def _use(here: Setting, seconds: float) -> Use:
    """Return what the server uses while all of them stream."""
    await asyncio.sleep(seconds / 4)
    cpu, began = cpu_seconds(here.server), time.monotonic()
    await asyncio.sleep(seconds / 2)
    return Use(began, time.monotonic(), cpu_seconds(here.server) - cpu)


def _row(answers: list[list[Arrival]], use: Use, tokens: int) -> str:
    said = [[moment for arrival in answer for moment in arrival.said] for answer in answers]
    assert all(len(each) == tokens and each == sorted(each) for each in said), "text is missing"
    text = [each.at - each.said[0] for answer in answers for each in answer[:-1]]
    ends = [answer[-1].at - moments[-1] for answer, moments in zip(answers, said, strict=True)]
    figures = [percentile(text, 0.5), percentile(text, 0.99), max(text)]
    figures += [percentile(ends, 0.5), max(ends)]
    events = [each for answer in answers for each in answer if use.began < each.at < use.ended]
    seconds = use.ended - use.began
    cells = [f"{1000 * figure:.0f} ms" for figure in figures]
    cells += [f"{use.cpu / seconds:.0%}", f"{len(events) / seconds:,.0f}"]
    cells += [f"{sum(len(each.said) for each in events) / len(events):.1f}"]
    cells += [f"{1000 * use.cpu / len(events):.3f} ms"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    leave_a_processor_to_the_server()  # nor does the model use it
    headline(f"{args.answers} answers at once, {args.rate:g} tokens a second each, one process")
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}")
    for _ in range(args.runs):
        with timed_model() as model, setting(**model) as here:
            print(asyncio.run(run(here, args.answers, args.tokens, args.rate)), flush=True)


if __name__ == "__main__":
    main()
