"""Challenges of this browser: their secrets are in the session's cookie, one for each task."""

from __future__ import annotations

from flask import session

from app.database import write
from app.models import Challenge
from app.models.challenge import Asked, Task

KEY = "challenge-"  # the session's keys, by task


def begin(task: Task, user_id: int | None = None, **data: str) -> None:
    """Begin one; the former one of the same task is forgotten."""
    session[KEY + task] = write(lambda: Challenge.begin(task, user_id, **data))


def secret_of(task: Task) -> str:
    """Return the secret of this browser's; "" where there is none."""
    return str(session.get(KEY + task, ""))


def find(task: Task) -> Asked | None:
    """Return this browser's, if it is valid."""
    return Challenge.find(task, secret_of(task))


def take(task: Task) -> Asked | None:
    """Return this browser's, if it is valid; from then on it is not."""
    secret = str(session.pop(KEY + task, ""))
    return write(lambda: Challenge.take(task, secret))
