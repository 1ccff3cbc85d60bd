"""Outages: one line of the log when something that the app needs fails, one when it works again.

Without this a database that is away for seconds fills the log: everything that needs it says so.
"""

from __future__ import annotations

import logging
import time
from _thread import RLock

REMINDER_SECONDS = 60.0


class Outage:
    """Says once that something fails, and once that it works again.

    `name` begins the lines, like `The database`. It works again when it has not failed for
    `calm_seconds`: some of what uses it may work while the rest fails. Any number of green threads
    and threads may call the methods. They never wait, and `recovered` costs next to nothing where
    nothing has failed.
    """

    def __init__(self, name: str, logger: logging.Logger, calm_seconds: float = 0.0) -> None:
        self._name = name
        self._logger = logger
        self._calm_seconds = calm_seconds
        # Nothing yields while it is held, so it need not be green: a green one would not hold
        # between threads. Lines are logged without it.
        self._lock = RLock()
        self._since: float | None = None  # by the monotonic clock; None while it works
        self._failed_at = 0.0
        self._failures = 0
        self._unlogged = 0  # failures since the last line
        self._logged_at = 0.0

    @property
    def is_on(self) -> bool:
        """Return whether it has failed, and has not worked since."""
        return self._since is not None

    def failed(self, reason: str) -> None:
        """Log that it fails: the first time, then once a minute at most, with how often it has
        failed since.

        `reason` is a short sentence without its full stop: no traceback, and nothing secret.
        """
        now = time.monotonic()
        with self._lock:
            since, self._since = self._since, now if self._since is None else self._since
            self._failed_at = now
            self._failures += 1
            self._unlogged += 1
            if since is not None and now - self._logged_at < REMINDER_SECONDS:
                return
            self._logged_at, count, self._unlogged = now, self._unlogged, 0
        if since is None:
            self._logger.error("%s fails: %s.", self._name, reason)
        else:
            about = (self._name, now - since, count, reason)
            self._logger.error("%s still fails, after %.0f s (failures since: %d): %s.", *about)

    def recovered(self) -> None:
        """Log that it works again, and how long it did not; nothing where it has not failed, or has
        just done so."""
        if self._since is None or time.monotonic() - self._failed_at < self._calm_seconds:
            return
        with self._lock:
            since, self._since = self._since, None
            count, self._failures, self._unlogged = self._failures, 0, 0
        if since is not None:  # another thread has not logged it meanwhile
            about = (self._name, time.monotonic() - since, count)
            self._logger.warning("%s works again, after %.1f s (failures: %d).", *about)
