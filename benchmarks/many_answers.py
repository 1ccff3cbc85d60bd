"""Many answers at once in one process: how long from a token to its reader, at what cost?

    python -m benchmarks.many_answers [--answers 300] [--rate 50] [--tokens 1000] [--runs 3]

The demo says token n of an answer n/rate seconds after its beginning, which is taken to be where
its promptest chunk puts it. The lag of a chunk is that of its oldest token.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import Any, NamedTuple

from benchmarks.setting import Setting, cpu_seconds, headline, percentile, setting
from tests.support.waiting import eventually
from tests.support.wire import NAMESPACE, Client

CONNECTIONS = 4


class Arrival(NamedTuple):
    """When a chunk came, and how many tokens of its answer had come before and after it."""

    at: float
    before: int
    after: int


class Listener:
    """Takes down when every chunk comes; does as little as it can."""

    def __init__(self) -> None:
        self.chunks: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self.ended: dict[str, float] = {}

    def connect(self, url: str, token: str) -> Client:
        """Return a client whose chunks are taken down."""
        client = Client()
        client.on("chunk", self._chunk, namespace=NAMESPACE)
        client.on("streaming_end", self._end, namespace=NAMESPACE)
        return client.open(url, token)

    def _chunk(self, data: dict[str, Any]) -> None:
        self.chunks[data["id"]].append((time.monotonic(), data.get("content", "")))

    def _end(self, data: dict[str, Any]) -> None:
        self._chunk(data)
        self.ended[data["id"]] = time.monotonic()

    def arrivals(self, message_id: str) -> list[Arrival]:
        """Return the chunks of one answer, counted in tokens."""
        arrivals, count = [], 0
        for at, text in self.chunks[message_id]:
            arrivals.append(Arrival(at, count, count := count + len(text.split())))
        return arrivals


def lags(arrivals: list[Arrival], rate: float) -> list[float]:
    """Return by how many seconds each chunk's oldest token was late."""
    began = min(arrival.at - arrival.after / rate for arrival in arrivals)
    return [arrival.at - (began + (arrival.before + 1) / rate) for arrival in arrivals]


def run(here: Setting, answers: int, tokens: int, rate: float) -> str:
    """Let so many answers stream at once; return a row of the table."""
    listener = Listener()
    places = [here.records.conversation(here.cast.olive) for _ in range(answers)]
    clients = [listener.connect(here.server.url, here.cast.olive.token) for _ in range(CONNECTIONS)]
    for number, where in enumerate(places):
        clients[number % CONNECTIONS].ask("join", {"conversation": where})
    question = f"/tokens {tokens} /rate {rate:g}"
    for number, where in enumerate(places):
        asked = {"conversation": where, "content": question}
        clients[number % CONNECTIONS].ask("send", asked)
    cpu, began = cpu_seconds(here.server), time.monotonic()
    time.sleep(tokens / rate / 2)  # all of them stream
    share = (cpu_seconds(here.server) - cpu) / (time.monotonic() - began)
    eventually(lambda: len(listener.ended) == answers, 10 * tokens / rate)
    for client in clients:
        client.close()
    return _row(listener, share, tokens, rate)


def _row(listener: Listener, share: float, tokens: int, rate: float) -> str:
    arrivals = {id: listener.arrivals(id) for id in listener.ended}
    assert all(chunks[-1].after == tokens for chunks in arrivals.values()), "text is missing"
    late = [lag for chunks in arrivals.values() for lag in lags(chunks, rate)]
    last = max(lags(chunks, rate)[-1] for chunks in arrivals.values())
    figures = [1000 * percentile(late, 0.5), 1000 * percentile(late, 0.99), 1000 * max(late)]
    lag = " | ".join(f"{figure:.0f} ms" for figure in figures)
    return f"| {lag} | {1000 * last:.0f} ms | {share:.0%} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    headline(f"{args.answers} answers at once, {args.rate:g} tokens a second each, one process")
    print("| lag p50 | p99 | worst | worst at the end | CPU of one core |\n|---|---|---|---|---|")
    for _ in range(args.runs):
        with setting() as here:
            print(run(here, args.answers, args.tokens, args.rate), flush=True)


if __name__ == "__main__":
    main()
