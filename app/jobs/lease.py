"""The lease of a job, as the process sees it that runs the job."""

from __future__ import annotations

import threading
import time

from flask import Flask

from app.database import write
from app.models.job import renew

RENEW_SECONDS = 0.5
RENEWALS_PER_LEASE = 3


class NotOurs(BaseException):
    """The job was cancelled, or another process has taken it over: no handler may catch this."""


class Lease:
    """Renews a job's lease, and stores how far the job is with it: when it is told how far that is,
    or by a thread, also while one step takes long."""

    def __init__(self, job_id: int, lease: int, lease_seconds: float) -> None:
        self.job_id = job_id
        self._lease = lease
        self._seconds = min(RENEW_SECONDS, lease_seconds / RENEWALS_PER_LEASE)
        self._progress: dict[str, int] = {}
        self._renewed_at = float("-inf")
        self._is_lost = False
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, **progress: int) -> None:
        """Note how far the job is. Raises NotOurs where it is not this process's any more."""
        self._progress |= progress
        is_due = time.monotonic() - self._renewed_at > self._seconds
        if self._thread is None and is_due:
            self._renew()
        self.check()

    def check(self) -> None:
        """Raise NotOurs where the job is not this process's any more."""
        if self._is_lost:
            raise NotOurs

    def keep(self, app: Flask) -> None:
        """Renew it in a thread from now on, until `close`."""

        def run() -> None:
            with app.app_context():
                while not self._closed.wait(self._seconds) and not self._is_lost:
                    self._renew()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def close(self) -> int:
        """Stop the thread; return the lease as it is now."""
        self._closed.set()
        if self._thread:
            self._thread.join()
        self.check()
        return self._lease

    def _renew(self) -> None:
        progress, lease = dict(self._progress), self._lease
        new = write(lambda: renew(self.job_id, lease, **progress))
        self._renewed_at = time.monotonic()
        if new is None:
            self._is_lost = True
        else:
            self._lease = new
