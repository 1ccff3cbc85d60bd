"""How often somebody may do something: counted in Redis if there is one, else in the process."""

from __future__ import annotations

import logging
import math
import time
from typing import cast

from flask import Flask, current_app
from limits import RateLimitItem
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from app import counts
from app.config import current_config
from app.database import release
from app.errors import RateLimited

logger = logging.getLogger(__name__)

# These protect the process that is asked, so that it counts for itself, and need not ask Redis.
LOCAL_LIMITS = ("join", "presence", "typing", "share")
# Without Redis these are counted in the process: nobody may guess passwords while it is down.
PASSWORD_LIMITS = (
    *("sign_in_account", "sign_in_address", "sign_in_browser", "password"),
    *("link", "register", "mail"),
)
LOCAL = FixedWindowRateLimiter(MemoryStorage())


def register(app: Flask, redis_url: str | None) -> None:
    """Count for this app in Redis, or in the process where there is none."""
    local = FixedWindowRateLimiter(MemoryStorage())
    app.extensions["local_rate_limits"] = app.extensions["rate_limits"] = local
    if redis_url:
        app.extensions["rate_limits"] = FixedWindowRateLimiter(storage_from_string(redis_url))


def hit(limit: str, who: object) -> None:
    """Count one more action under a limit of config.RateLimits; RateLimited if it is exceeded."""
    item = _item(limit)
    if item is None:
        return
    if limit in LOCAL_LIMITS:
        return _count(current_app.extensions["local_rate_limits"], item, limit, who)
    release()  # Redis may take a while
    try:
        return _count(_limiter(), item, limit, who)
    except RedisError:
        consequence = "counted in this process" if limit in PASSWORD_LIMITS else "allowed"
        logger.exception("Redis could not count; the request is %s.", consequence)
    if limit in PASSWORD_LIMITS:
        _count(LOCAL, item, limit, who)


def clear(limit: str, who: object) -> None:
    """Forget what was counted under a limit."""
    item = _item(limit)
    if item is not None:
        LOCAL.clear(item, limit, str(who))
        try:
            _limiter().clear(item, limit, str(who))
        except RedisError:
            logger.exception("A count in Redis could not be cleared; it will expire.")


def _limiter() -> FixedWindowRateLimiter:
    return cast(FixedWindowRateLimiter, current_app.extensions["rate_limits"])


def _item(limit: str) -> RateLimitItem | None:
    return cast(RateLimitItem | None, getattr(current_config().rate_limits, limit))


def _count(limiter: FixedWindowRateLimiter, item: RateLimitItem, limit: str, who: object) -> None:
    if not limiter.hit(item, limit, str(who)):
        _refuse(limiter, item, limit, who)


def _refuse(limiter: FixedWindowRateLimiter, item: RateLimitItem, limit: str, who: object) -> None:
    """Raise RateLimited. A window that began before the clock was set back would last until that
    time comes again: start a new one instead."""
    left = limiter.get_window_stats(item, limit, str(who)).reset_time - time.time()
    if left < item.get_expiry() + 1:
        counts.RATE_LIMITED.add(limit)
        raise RateLimited(retry_after=max(1, math.ceil(left)))
    limiter.clear(item, limit, str(who))
    limiter.hit(item, limit, str(who))
