"""What a deployment needs, from what each of its parts was measured to cost.

All costs are processor time of a server process. They are those of the machine and the date in
docs/scaling.md, from docs/performance.md: on another machine, measure them again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MS, US = 1e-3, 1e-6  # seconds
KB = 1e3

COMMITS_A_SECOND = 25.0  # of a process, at most: BEAT_MS is 40
FULL = 0.6  # the share of a processor that is used before another one is added


@dataclass(frozen=True)
class Costs:
    """What one of each costs: seconds of processor time, or bytes."""

    process: float = 15 * MS  # for each second, idle, with PostgreSQL and Redis
    commit: float = 1.35 * MS  # of one process on PostgreSQL, however many answers are in it
    event: float = 85 * US  # some text of one answer, in a commit
    token: float = 1.7 * US
    delivery: float = 9.3 * US  # of one event to one reader
    publication: float = 100 * US  # of an event, on Redis
    crossing: float = 115 * US  # of an event to one more process, which has readers of it
    end: float = 9 * MS  # of an answer
    connect: float = 0.81 * MS  # a reader connects and signs in
    join: float = 0.36 * MS
    reader_bytes: float = 61 * KB  # memory, connected and joined
    process_bytes: float = 150e6


@dataclass(frozen=True)
class Deployment:
    """A load, and the processes that share it evenly."""

    readers: int
    answers: int  # at the same time
    rate: float  # tokens a second of each answer
    processes: int = 1
    grouped: bool = False  # by conversation: its readers are where its answer is written
    tokens: int = 500  # of an answer
    reconnects: float = 0.0  # readers who connect and join, in a second

    @property
    def readers_of_one(self) -> float:
        """How many readers an answer has."""
        return self.readers / self.answers

    @property
    def events(self) -> float:
        """How many events are emitted in a second; an answer has one in a commit at most."""
        return self.answers * min(self.rate, COMMITS_A_SECOND)

    @property
    def commits(self) -> float:
        """How many group commits are made in a second."""
        return min(self.events, self.processes * COMMITS_A_SECOND)

    @property
    def deliveries(self) -> float:
        """How many events reach a reader in a second."""
        return self.events * self.readers_of_one

    @property
    def publications(self) -> float:
        """How many events are published in a second, whether anybody listens or not."""
        return self.events if self.processes > 1 else 0.0

    @property
    def crossings(self) -> float:
        """How many events other processes receive in a second: those that have a reader of it."""
        if self.grouped:
            return 0.0
        without = (1 - 1 / self.processes) ** self.readers_of_one
        return self.events * (self.processes - 1) * (1 - without)

    @property
    def ends(self) -> float:
        """How many answers end in a second."""
        return self.answers * self.rate / self.tokens


def parts(it: Deployment, costs: Costs = Costs()) -> dict[str, float]:
    """Return the processor time of all server processes in a second, by what it is for."""
    return {
        "processes": it.processes * costs.process,
        "commits": it.commits * costs.commit,
        "events": it.events * costs.event,
        "tokens": it.answers * it.rate * costs.token,
        "deliveries": it.deliveries * costs.delivery,
        "publications": it.publications * costs.publication,
        "crossings": it.crossings * costs.crossing,
        "ends": it.ends * costs.end,
        "connecting and joining": it.reconnects * (costs.connect + costs.join),
    }


def processors(it: Deployment, costs: Costs = Costs()) -> float:
    """Return how many processors all server processes keep busy."""
    return sum(parts(it, costs).values())


def processes_needed(it: Deployment, costs: Costs = Costs()) -> int:
    """Return how many processes keep each below FULL: a process uses one processor at most."""
    found = it
    while processors(found, costs) / found.processes > FULL:
        more = math.ceil(found.processes * 1.05)
        found = Deployment(**{**found.__dict__, "processes": more})
        if more > 100 * it.readers:
            raise ValueError("however many processes there are, they are too few")
    return found.processes


def memory(it: Deployment, costs: Costs = Costs()) -> float:
    """Return the bytes of memory of all server processes."""
    return it.processes * costs.process_bytes + it.readers * costs.reader_bytes
