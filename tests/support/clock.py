"""A fake clock that advances only when something waits, so that tests of times are fast."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable


class Over(Exception):
    """The time that a test has allowed is over."""


class Clock:
    """Replaces `time`, and `socketio` for its `sleep`; `signal()` replaces threading's Event.

    It is the clock of the thread that made it. Periodic tasks of earlier tests, which find it in
    the same module, get the real one: else they would advance the time of a test.
    """

    def __init__(self, ends: float = float("inf")) -> None:
        self._thread = threading.get_ident()
        self.seconds = 100.0
        self._beginning = self.seconds
        self._ends = ends
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []

    @property
    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return round(self.seconds - self._beginning, 6)

    def monotonic(self) -> float:
        """Return its time."""
        return self.seconds if self._is_mine else time.monotonic()

    def ends_after(self, seconds: float) -> None:
        """Allow so many seconds since the start."""
        self._ends = seconds

    def at(self, elapsed: float, act: Callable[[], object]) -> None:
        """Call `act` at this time."""
        heapq.heappush(self._agenda, (self._beginning + elapsed, len(self._agenda), act))

    def sleep(self, seconds: float) -> None:
        """Advance by so many seconds, calling what is due."""
        if self._is_mine:
            self._go_on(self.seconds + seconds, lambda: False)
        else:
            time.sleep(seconds)

    def signal(self) -> ClockSignal:
        """Return a replacement of `threading.Event`."""
        return ClockSignal(self)

    @property
    def _is_mine(self) -> bool:
        return threading.get_ident() == self._thread

    def _go_on(self, until: float, is_enough: Callable[[], bool]) -> None:
        while self._agenda and self._agenda[0][0] <= until and not is_enough():
            self.seconds, _, act = heapq.heappop(self._agenda)
            act()
        if not is_enough():
            self.seconds = until
        if self.elapsed > self._ends:
            raise Over


class ClockSignal:
    """An event whose `wait` advances the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_set = False

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it."""
        self._is_set = True

    def clear(self) -> None:
        """Clear it."""
        self._is_set = False

    def wait(self, timeout: float) -> bool:
        """Advance the clock until it is set or the timeout is over."""
        self._clock._go_on(self._clock.seconds + timeout, self.is_set)
        return self._is_set
