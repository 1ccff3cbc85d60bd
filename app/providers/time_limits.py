"""How long a model may take, and one thread that ends the answers that take longer.

A time limit on the socket is not enough: a server that sends comments, or its headers byte by byte,
never reaches it. So the time since the reader last received something counts, and one thread
watches the answer whose limit is nearest. The thread exists while there is something to watch.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The time limits of one answer, in seconds.

    `connect`: to reach the server. `read`: without thinking, text or usage, whatever else drips.
    `total`: for the whole answer, its repeated attempts included.
    """

    connect: float
    read: float
    total: float


def in_words(seconds: float) -> str:
    """Return a time limit as a sentence says it."""
    count, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"


class Watched(Protocol):
    """Something with a time limit."""

    def seconds_left(self) -> float:
        """Return the shortest time in which the limit can be reached."""
        ...

    def expire(self) -> None:
        """Called once when no time is left, from the watchdog's thread; must not wait."""
        ...


class Watchdog:
    """Watches any number of answers."""

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._changed = threading.Condition()
        self._is_running = False

    @contextmanager
    def watching(self, watched: Watched) -> Iterator[None]:
        """Watch for the time of a `with` block."""
        with self._changed:
            self._watched.add(watched)
            self._start()
        try:
            yield
        finally:
            with self._changed:
                self._watched.discard(watched)
                self._changed.notify()

    def _start(self) -> None:
        if self._is_running:
            self._changed.notify()
        else:
            self._is_running = True
            threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def _run(self) -> None:
        while (late := self._wait()) is not None:
            for watched in late:
                watched.expire()

    def _wait(self) -> list[Watched] | None:
        """Wait for a limit to come near, and return what is late; None: nothing is watched."""
        with self._changed:
            if not self._watched:
                self._is_running = False
                return None
            left = {watched: watched.seconds_left() for watched in self._watched}
            late = [watched for watched in left if left[watched] <= 0]
            self._watched.difference_update(late)
            if not late:
                self._changed.wait(min(left.values()))
            return late
