"""Health checks for monitoring: is the process alive, and can it serve requests?"""

from __future__ import annotations

import logging

from flask import Blueprint
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.config import current_config
from app.extensions import db
from app.replies import current_runtime

logger = logging.getLogger(__name__)
blueprint = Blueprint("health", __name__)

COMMIT_SECONDS = 10.0
LEAVING = "The process is about to end; other processes serve."
NOT_COMMITTED = f"Answers have waited for more than {COMMIT_SECONDS:g} s to be committed."

Health = tuple[dict[str, str], int]


@blueprint.get("/healthz")
def healthz() -> Health:
    """Respond if the process is alive."""
    return {"status": "ok"}, 200


@blueprint.get("/readyz")
def readyz() -> Health:
    """Check the database, Redis if it is configured, that answers are being committed, and that
    the process is not about to end.

    The database may answer while nothing can be written: its disk is full, or it is locked.
    """
    if current_runtime().refuses_sockets:
        return {"status": "unavailable", "reason": LEAVING}, 503
    if current_runtime().group_commit.waiting_seconds() > COMMIT_SECONDS:
        return {"status": "unavailable", "reason": NOT_COMMITTED}, 503
    try:
        db.session.execute(text("SELECT 1"))
        redis_url = current_config().redis_url
        if redis_url:
            with Redis.from_url(redis_url, socket_timeout=2) as redis:
                redis.ping()
    except (SQLAlchemyError, RedisError):
        logger.exception("Not ready.")
        return {"status": "unavailable"}, 503
    return {"status": "ok"}, 200
