"""One call to a model: how it is to answer, its time limits, its cancellation, and the time that it
leaves to others.

What waits for a model asks its call how long it may still wait, so that no other thread has to
watch: a server that is never silent reaches the limits like one that is.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.providers.base import Cancelled, Settings, TimeLimitError

LONGEST_RUN_SECONDS = 0.005
UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))

Pause = Callable[[float], float]
"""Takes when all that had arrived was read, by the monotonic clock; returns for how many seconds
nothing more is needed; 0 or less: it is."""


def never(_read_at: float) -> float:
    """The pause of a reader who takes everything as soon as it arrives."""
    return 0.0


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The time limits of one answer, in seconds.

    `connect`: to reach the server. `read`: without thinking, text or usage, whatever else is sent.
    `total`: for the whole answer, including repeated attempts.
    """

    connect: float
    read: float
    total: float


class Call:
    """Can be cancelled from any thread, at any time and repeatedly. Its other methods are for the
    thread that reads the answer."""

    def __init__(
        self, limits: TimeLimits, pause: Pause = never, settings: Settings | None = None
    ) -> None:
        self.limits = limits
        self.settings = settings or Settings()
        self.pause = pause
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cancelled = threading.Event()
        self._started = self._waiting_since = self._yielded = time.monotonic()

    def start(self) -> None:
        """Begin to count the total time."""
        self._started = self._waiting_since = time.monotonic()

    def expect_event(self) -> None:
        """Begin to count inactivity: from here on the reader waits for an event."""
        self._waiting_since = time.monotonic()

    def seconds_left(self) -> float:
        """Return the time until the nearest limit, more than 0.

        Raises Cancelled after `cancel()`, and TimeLimitError when a limit is reached.
        """
        self.check()
        now = time.monotonic()
        left = self._started + self.limits.total - now
        if left <= 0:
            raise TimeLimitError(f"The answer took longer than {in_words(self.limits.total)}.")
        left = min(left, self._waiting_since + self.limits.read - now)
        if left <= 0:
            raise TimeLimitError(f"The model sent nothing for {in_words(self.limits.read)}.")
        return left

    def check(self) -> None:
        """Raise Cancelled after `cancel()`."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait; raises as `seconds_left` does, as soon as there is a reason."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._cancelled.wait(min(left, self.seconds_left()))
        self.seconds_left()

    def yield_to_others(self) -> None:
        """Let other greenlets or threads run if this one has run for long; costs 0.1 µs if not.

        A greenlet that always finds something to read would otherwise keep all others waiting.
        """
        if time.monotonic() - self._yielded > LONGEST_RUN_SECONDS:
            time.sleep(0)
            self.note_wait()

    def note_wait(self) -> None:
        """Remember that the others have just had their turn."""
        self._yielded = time.monotonic()

    def cancel(self) -> None:
        """End the call, and wake its reader."""
        self._cancelled.set()
        with self._lock:
            self._shut_down()

    def use_socket(self, connected: socket.socket | None) -> None:
        """Name the socket to shut down when the call is cancelled; None before it is closed.

        `shutdown` wakes a read that waits in another thread, as `close` does not. A closed socket's
        number may belong to another connection at once.
        """
        with self._lock:
            self._socket = connected
            if self._cancelled.is_set():
                self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def in_words(seconds: float) -> str:
    """Return a time limit as a sentence states it."""
    size, unit = _unit(seconds)
    count = seconds / size
    return f"{count:g} {unit}{'' if count == 1 else 's'}"


def in_whole_words(seconds: float) -> str:
    """Return a time in words, rounded up."""
    size, _ = _unit(seconds)
    return in_words(math.ceil(seconds / size) * size)


def _unit(seconds: float) -> tuple[int, str]:
    return next((size, unit) for size, unit in UNITS if seconds >= 2 * size or size == 1)
