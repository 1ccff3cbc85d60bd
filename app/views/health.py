"""For those who watch over the process: does it live, and can it serve?"""

from __future__ import annotations

import logging

from flask import Blueprint
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.config import current_config
from app.extensions import db

logger = logging.getLogger(__name__)
blueprint = Blueprint("health", __name__)

Health = tuple[dict[str, str], int]


@blueprint.get("/healthz")
def healthz() -> Health:
    """Say that the process lives."""
    return {"status": "ok"}, 200


@blueprint.get("/readyz")
def readyz() -> Health:
    """Say whether the database and, where there is one, Redis answer."""
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
