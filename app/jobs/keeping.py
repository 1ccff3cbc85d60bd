"""Runs the jobs that wait, and takes over those whose process is gone. In every server process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from app.background import start_task
from app.config import current_config
from app.database import find, read, write
from app.errors import Conflict
from app.extensions import db
from app.jobs import running
from app.jobs.lease import Lease
from app.jobs.process import run_in_process
from app.jobs.telling import tell
from app.models import Job
from app.models.job import BUSY, MOST_ATTEMPTS, UNATTENDED_JOBS, Kind, State, claim
from app.replies import current_runtime

logger = logging.getLogger(__name__)

AT_ONCE = 2  # jobs of one server process
INTERRUPTED = "The server was stopped {} times while it was at this. Please try again."
UPLOAD_BROKEN = "The file has not arrived as a whole. Please send it again."


class Observation(NamedTuple):
    """A job's lease, and since when this process has seen it unchanged, by its own clock."""

    lease: int
    since: float


class Jobs:
    """One for each app. Jobs run in place until `start` is called, then in processes."""

    def __init__(self, app: Flask) -> None:
        self._work: Callable[[int, int], None] = _run_in_place
        self._observed: dict[int, Observation] = {}
        self._running: set[int] = set()
        app.extensions["jobs"] = self

    def start(self) -> None:
        """Run jobs in processes from now on."""
        self._work = run_in_process

    def run_soon(self) -> None:
        """Run what waits, without waiting for the next look."""
        start_task(self.run_due)

    @property
    def is_running(self) -> bool:
        """Return whether this process is at any job."""
        return bool(self._running)

    def run_due(self) -> None:
        """Start the jobs that wait, and those whose process is gone; as many as may run here, and
        none while this process is ending."""
        if current_runtime().is_shutting_down:
            return
        for seen in self._due(find(UNATTENDED_JOBS, {})):
            if seen.state == State.UPLOADING:
                self._claim_and(seen, lambda key: _fail(key, UPLOAD_BROKEN))
            elif len(self._running) < AT_ONCE and seen.id not in self._running:
                self._claim_and(seen, None)

    def _due(self, jobs: Iterable[Any]) -> list[Any]:
        lease_seconds, at = current_config().lease_seconds, time.monotonic()
        before, self._observed, due = self._observed, {}, []
        for seen in jobs:
            known = before.get(seen.id)
            if known is None or known.lease != seen.lease:
                known = Observation(seen.lease, at)
            self._observed[seen.id] = known
            if seen.state == State.WAITING or at - known.since > lease_seconds:
                due.append(seen)
        return due

    def _claim_and(self, seen: Any, end: Callable[[int], None] | None) -> None:
        lease = write(lambda: claim(seen.id, seen.lease))
        if lease is None:
            return
        if end is not None or read(lambda: _attempts(seen.id)) > MOST_ATTEMPTS:
            (end or (lambda key: _fail(key, INTERRUPTED.format(MOST_ATTEMPTS))))(seen.id)
            return
        self._running.add(seen.id)
        start_task(self._run, seen.id, lease)

    def _run(self, job_id: int, lease: int) -> None:
        try:
            self._work(job_id, lease)
        finally:
            self._running.discard(job_id)


def begin(user_id: int, kind: Kind, state: State, **about: str) -> int:
    """Add a job of a user, and return its key. Raises Conflict where another is not finished."""
    try:
        return write(lambda: Job.begin(user_id, kind, state, **about).id)
    except IntegrityError:  # of two at the same moment one is first
        raise Conflict(BUSY) from None


def current_jobs() -> Jobs:
    """Return the current app's jobs."""
    return cast(Jobs, current_app.extensions["jobs"])


def _run_in_place(job_id: int, lease: int) -> None:
    if trouble := running.run(Lease(job_id, lease, current_config().lease_seconds)):
        logger.error("Job %d has failed.\n%s", job_id, trouble)
    tell(job_id)


def _attempts(job_id: int) -> int:
    job = db.session.get(Job, job_id)
    return job.attempts if job else 0


def _fail(job_id: int, sentence: str) -> None:
    write(lambda: _end(job_id, sentence))
    tell(job_id)


def _end(job_id: int, sentence: str) -> None:
    if job := db.session.get(Job, job_id):  # else it has gone with its maker's account
        job.end(State.FAILED, sentence)
