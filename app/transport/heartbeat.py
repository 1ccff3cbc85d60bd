"""Whether what this process publishes comes back: then what others publish comes, too."""

from __future__ import annotations

from app.shared_redis.health import SILENT, Health

BEAT_SECONDS = 0.4
SILENT_BEATS = 2  # after so many that have not come back Redis is silent
FAILED_BEATS = 4  # after so many the log says so: until then the machine may just be busy
LOST_BEATS = 6  # after so many, and again so many, its connection is lost


class Heartbeat:
    """Counts the beats that were sent and have come back. What matters is how many are missing, not
    for how long: a process that was paused has sent none."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._sent = 0
        self._heard = 0

    def heard(self, number: int) -> None:
        """Note that a beat has come back."""
        self._heard = max(self._heard, number)

    def next(self, *, is_down: bool) -> int:
        """Judge Redis by the beats so far, and return the number of the next one."""
        self._health.is_silent = is_down or self._missing >= SILENT_BEATS
        if self._missing >= FAILED_BEATS:
            self._health.failed(SILENT)
        elif self._heard and not self._health.is_silent:
            self._health.worked()
        self._sent += 1
        return self._sent

    @property
    def is_lost(self) -> bool:
        """Return whether the connection is to be made anew: now and then, while nothing comes."""
        return self._missing > 0 and self._missing % LOST_BEATS == 0

    @property
    def _missing(self) -> int:
        return self._sent - self._heard
