"""Removes for good what nobody needs any more: conversations, files, what jobs have left; a little
in each transaction. And goes on where a process has ended while it deleted a person."""

from __future__ import annotations

from app.database import read, write
from app.extensions import socketio
from app.models import file, job, sweeping
from app.models.deleting import leave_all, leaving

JOBS_AT_ONCE = 20


def sweep_conversations() -> None:
    """Remove what has been gone for a while, until there is nothing left to remove."""
    for conversation_id in read(sweeping.swept):
        while write(lambda key=conversation_id: sweeping.remove_some(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between
    while write(file.remove_unused):
        socketio.sleep(0)


def sweep_people() -> None:
    """Take deleted accounts out of the conversations in which they are yet."""
    for user_id in read(leaving):
        leave_all(user_id)


def sweep_jobs() -> None:
    """Remove the files that nobody needs any more, and jobs that have expired."""
    for job_id in read(lambda: job.without_file(JOBS_AT_ONCE)):
        while write(lambda key=job_id: job.drop_pieces(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between
        write(lambda key=job_id: job.forget(key))  # type: ignore[misc]
