"""Removes for good what nobody needs any more, or is too old: a little in each transaction. And
goes on where a process has ended while it deleted a person."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from app.config import current_config
from app.database import read, write, write_in_turn
from app.extensions import socketio
from app.files.storing import move_older
from app.files.storing import remove_unused as remove_unused_contents
from app.models import ServerSetting, audit, file, job, retention, sweeping
from app.models.deleting import leave_all, leaving

JOBS_AT_ONCE = 20
HOUR = timedelta(hours=1)
HOURLY = "swept"
DELETION_PAUSE_SECONDS = 0.05


def sweep_conversations() -> None:
    """Remove what has been gone for a while, until there is nothing left to remove."""
    for conversation_id in read(sweeping.swept):
        while write(lambda key=conversation_id: sweeping.remove_some(key)):  # type: ignore[misc]
            socketio.sleep(0)  # the texts of others are committed in between
    while write(file.remove_unused):
        socketio.sleep(0)
    move_older()
    remove_unused_contents()


def sweep_hourly() -> None:
    """Do what one of the processes does in each hour."""
    if write(lambda: ServerSetting.claim(HOURLY, HOUR)):
        sweep_overdue()
        _sweep_log()


def sweep_overdue() -> int:
    """Delete the conversations whose time is over, one in each transaction and not too many at
    once: each process looks at what each of them posts. Returns how many."""
    after, count = 0, 0
    while keys := read(partial(retention.keys_after, after)):
        for key in read(partial(retention.overdue_among, keys[0], keys[-1])):
            count += write_in_turn(partial(retention.delete_overdue, key))
            socketio.sleep(DELETION_PAUSE_SECONDS)
        after = keys[-1]
    if count:
        write(lambda: retention.record_deleted(count))
    return count


def _sweep_log() -> None:
    days = current_config().audit_days
    while write(lambda: audit.remove_some(days)):
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
