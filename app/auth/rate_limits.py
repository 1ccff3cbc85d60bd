"""How often somebody may do something: counted in Redis if there is one, else in the process.

While Redis does not answer, each process counts for itself. It is asked with a short time limit,
and not at all for a moment after it has failed: nobody waits where somebody else just did in vain.
"""

from __future__ import annotations

import math
import time
from typing import cast

from flask import Flask, current_app
from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from app import counts
from app.config import current_config
from app.database import release
from app.errors import RateLimited
from app.shared_redis import SharedRedis, current_redis
from app.shared_redis.health import REDIS_ERRORS

# These protect the process that is asked, so that it counts for itself, and need not ask Redis.
LOCAL_LIMITS = ("join", "presence", "typing", "share")
TIMEOUT_SECONDS = 0.2
KEYS = "limits"  # behind the deployment's prefix


def register(app: Flask) -> None:
    """Count for this app."""
    app.extensions["local_rate_limits"] = FixedWindowRateLimiter(MemoryStorage())
    app.extensions["rate_limits"] = None  # in Redis, as soon as it is asked


def hit(limit: str, who: object) -> None:
    """Count one more action under a limit of config.RateLimits; RateLimited if it is exceeded."""
    item = _item(limit)
    if item is None:
        return
    if limit not in LOCAL_LIMITS and (redis := _redis_that_answers()):
        try:
            return _count(_shared(redis), item, limit, who)
        except REDIS_ERRORS as error:
            redis.health.failed(error)
    _count(_local(), item, limit, who)


def clear(limit: str, who: object) -> None:
    """Forget what was counted under a limit; what can't be cleared will expire."""
    item = _item(limit)
    if item is None:
        return
    _local().clear(item, limit, str(who))
    if redis := _redis_that_answers():
        try:
            _shared(redis).clear(item, limit, str(who))
        except REDIS_ERRORS as error:
            redis.health.failed(error)


def _redis_that_answers() -> SharedRedis | None:
    redis = current_redis()
    if redis is None or not redis.health.may_answer:
        return None
    release()  # it may take a while
    return redis


def _local() -> FixedWindowRateLimiter:
    return cast(FixedWindowRateLimiter, current_app.extensions["local_rate_limits"])


def _shared(redis: SharedRedis) -> FixedWindowRateLimiter:
    """Return what counts in Redis, for all processes together."""
    found: FixedWindowRateLimiter | None = current_app.extensions["rate_limits"]
    if found is None:
        # the library's own ways to connect know neither our addresses nor our time limits
        storage = RedisStorage("redis://localhost", key_prefix=f"{redis.prefix}:{KEYS}")
        storage.storage = redis.client(TIMEOUT_SECONDS)
        storage.initialize_storage("")
        found = current_app.extensions["rate_limits"] = FixedWindowRateLimiter(storage)
    return found


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
