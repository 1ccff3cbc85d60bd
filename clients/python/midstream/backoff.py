"""Delays between tries, and when the next join is due."""

from __future__ import annotations

import random
import time

LONGEST_SECONDS = 8.0
SHORTEST_JOIN_SECONDS = 0.1


class Backoff:
    """No delay before the first try, then `shortest` seconds, then twice as long each time."""

    def __init__(self, shortest: float, longest: float = LONGEST_SECONDS) -> None:
        self.delay = 0.0
        self._shortest = shortest
        self._longest = longest

    def increase(self) -> None:
        """Double the delay."""
        self.delay = min(max(self._shortest, 2 * self.delay), self._longest)

    def reset(self) -> None:
        """Start again without a delay."""
        self.delay = 0.0

    def jittered(self) -> float:
        """Return half of the delay to all of it, so that readers do not return all at once."""
        return self.delay * random.uniform(0.5, 1.0)


class PendingJoin:
    """When the next join is due. Requesting it again never postpones it."""

    def __init__(self) -> None:
        self._requested: float | None = None
        self._not_before = 0.0
        self._backoff = Backoff(SHORTEST_JOIN_SECONDS)

    @property
    def due(self) -> float | None:
        """The time on the monotonic clock; None if no join is pending."""
        return None if self._requested is None else max(self._requested, self._not_before)

    def request(self) -> None:
        """Request a join as soon as the delay since the last one is over."""
        at = time.monotonic() + self._backoff.delay
        self._requested = at if self._requested is None else min(self._requested, at)

    def retry_after(self, seconds: float) -> None:
        """Request a join, but not before this delay."""
        self._not_before = time.monotonic() + seconds
        self.request()

    def sent(self) -> None:
        """Clear the pending join and double the backoff."""
        self._requested = None
        self._backoff.increase()

    def reset(self) -> None:
        """Reset the backoff: the reader holds everything."""
        self._backoff.reset()
