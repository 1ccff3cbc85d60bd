"""Removes deleted and unused conversations and the files of jobs for good, a few messages or pieces
in each transaction."""

from __future__ import annotations

from app.database import read, write
from app.extensions import socketio
from app.models import job, sweeping

JOBS_AT_ONCE = 20


def sweep_conversations() -> None:
    """Remove what has been gone for a while, until there is nothing left to remove."""
    for conversation_id in read(sweeping.swept):
        while write(lambda key=conversation_id: sweeping.remove_some(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between


def sweep_jobs() -> None:
    """Remove the files that nobody needs any more, and jobs that have expired."""
    for job_id in read(lambda: job.without_file(JOBS_AT_ONCE)):
        while write(lambda key=job_id: job.drop_pieces(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between
        write(lambda key=job_id: job.forget(key))  # type: ignore[misc]
