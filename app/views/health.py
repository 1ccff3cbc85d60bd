"""Health checks for monitoring: is the process alive, and can it serve requests?"""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from app import database_failures
from app.database import find
from app.direct import DirectStatement
from app.events import rooms
from app.replies import current_runtime

blueprint = Blueprint("health", __name__)

COMMIT_SECONDS = 10.0
LEAVING = "The process is about to end; other processes serve."
SILENT = "Redis carries nothing: readers get what other processes write up to 2 s later."
NOT_COMMITTED = f"Answers have waited for more than {COMMIT_SECONDS:g} s to be committed."
NO_DATABASE = "The database can't be used."
ANYTHING = DirectStatement(select(literal(1).label("one")))

Health = tuple[dict[str, str], int]


@blueprint.get("/healthz")
def healthz() -> Health:
    """Respond if the process is alive."""
    return {"status": "ok"}, 200


@blueprint.get("/readyz")
def readyz() -> Health:
    """Check the database, that answers are being committed, and that the process is not about to
    end; tell whether Redis works.

    The database may answer while nothing can be written: its disk is full, or it is locked. Where
    only the row of one answer is locked the others are served, so the process is ready. Without
    Redis people are served, so the process is ready. It is not asked here: the process knows.
    """
    if current_runtime().refuses_sockets:
        return {"status": "unavailable", "reason": LEAVING}, 503
    if current_runtime().group_commit.stalled_seconds() > COMMIT_SECONDS:
        return {"status": "unavailable", "reason": NOT_COMMITTED}, 503
    if database_failures.watch.is_silent:  # or this would wait, too
        return {"status": "unavailable", "reason": NO_DATABASE}, 503
    try:
        find(ANYTHING, {}, reserved=True)
    except SQLAlchemyError as error:
        if database_failures.note(error) is None:
            raise
        return {"status": "unavailable", "reason": NO_DATABASE}, 503
    if rooms.are_silent():
        return {"status": "degraded", "reason": SILENT}, 200
    return {"status": "ok"}, 200
