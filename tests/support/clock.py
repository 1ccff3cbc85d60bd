"""A clock that goes only when somebody waits, so that a test of times takes none."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Over(Exception):
    """The time that a test has set is over."""


class Clock:
    """Stands for `time`, for `socketio` where it is slept with, and makes the signals."""

    def __init__(self, ends: float = float("inf")) -> None:
        self.seconds = 100.0
        self._beginning = self.seconds
        self._ends = ends
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []

    @property
    def elapsed(self) -> float:
        """Return for how long it has gone."""
        return round(self.seconds - self._beginning, 6)

    def monotonic(self) -> float:
        """Return its time."""
        return self.seconds

    def at(self, elapsed: float, act: Callable[[], object]) -> None:
        """Have something happen then."""
        heapq.heappush(self._agenda, (self._beginning + elapsed, len(self._agenda), act))

    def sleep(self, seconds: float) -> None:
        """Let so many seconds go by, and happen what then happens."""
        self._go_on(self.seconds + seconds, lambda: False)

    def signal(self) -> ClockSignal:
        """Return what stands for an Event of `threading`."""
        return ClockSignal(self)

    def _go_on(self, until: float, is_enough: Callable[[], bool]) -> None:
        while self._agenda and self._agenda[0][0] <= until and not is_enough():
            self.seconds, _, act = heapq.heappop(self._agenda)
            act()
        if not is_enough():
            self.seconds = until
        if self.elapsed > self._ends:
            raise Over


class ClockSignal:
    """An event that is waited for by the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_set = False

    def is_set(self) -> bool:
        """Say whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Wake whoever waits."""
        self._is_set = True

    def clear(self) -> None:
        """Be not set."""
        self._is_set = False

    def wait(self, timeout: float) -> bool:
        """Let time go by until it is set, or the timeout is over."""
        self._clock._go_on(self._clock.seconds + timeout, self.is_set)
        return self._is_set
