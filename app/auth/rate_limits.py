"""How often somebody may do something: counted in Redis where there is one, else in the process."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from flask import current_app
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from redis import RedisError

from app.database import release
from app.errors import RateLimited
from app.extensions import limiter

logger = logging.getLogger(__name__)

OFF = "off"
# Without Redis these are counted in the process: nobody may guess passwords while it is down.
PASSWORD_TRIES = ("sign_in_account", "sign_in_address")


class Limits(NamedTuple):
    """What is allowed; None: anything. A team that comes back at once in all its tabs meets none
    of these."""

    events: RateLimitItem | None = parse("50 per second")  # of any kind, from one connection
    join: RateLimitItem | None = parse("2000 per 10 seconds")
    send: RateLimitItem | None = parse("600 per minute")
    retry: RateLimitItem | None = parse("300 per minute")
    search: RateLimitItem | None = parse("120 per minute")
    token: RateLimitItem | None = parse("60 per minute")
    sign_in_account: RateLimitItem | None = parse("10 per 5 minutes")
    sign_in_address: RateLimitItem | None = parse("200 per 5 minutes")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Limits:
        """Return what `LIMIT_EVENTS` and so on say: `60 per minute`, or `off`.

        Raises ValueError with a sentence for the operator.
        """
        said = {name: env.get(f"LIMIT_{name.upper()}") for name in cls._fields}
        return cls(**{name: _limit(name, text) for name, text in said.items() if text})


DEFAULTS = Limits()


def hit(what: str, who: object) -> None:
    """Count one more `what` by `who`; raises RateLimited where that is one too many."""
    allowed = _allowed(what)
    if allowed is None:
        return
    release()  # Redis may let us wait
    try:
        return _count(limiter.limiter, allowed, what, who)
    except RedisError:
        consequence = "this process counts" if what in PASSWORD_TRIES else "it is let through"
        logger.exception("Nothing could be counted in Redis; %s.", consequence)
    if what in PASSWORD_TRIES:
        _count(_in_process(), allowed, what, who)


def forgive(what: str, who: object) -> None:
    """Forget what was counted."""
    allowed = _allowed(what)
    if allowed is not None:
        _in_process().clear(allowed, what, str(who))
        try:
            limiter.limiter.clear(allowed, what, str(who))
        except RedisError:
            logger.exception("What was counted could not be forgotten; it will pass.")


def _allowed(what: str) -> RateLimitItem | None:
    limits: Limits = current_app.config["LIMITS"]
    allowed: RateLimitItem | None = getattr(limits, what)
    return allowed


@cache
def _in_process() -> RateLimiter:
    """Return what counts where Redis can't."""
    return FixedWindowRateLimiter(MemoryStorage())


def _count(counter: RateLimiter, allowed: RateLimitItem, what: str, who: object) -> None:
    if not counter.hit(allowed, what, str(who)):
        _refuse(counter, allowed, what, who)


def _refuse(counter: RateLimiter, allowed: RateLimitItem, what: str, who: object) -> None:
    """Raise RateLimited; but begin anew where the count is from before the clock was set back,
    for it would last until that time comes again."""
    left = counter.get_window_stats(allowed, what, str(who)).reset_time - time.time()
    if left < allowed.get_expiry() + 1:
        raise RateLimited(retry_after=max(1, math.ceil(left)))
    counter.clear(allowed, what, str(who))
    counter.hit(allowed, what, str(who))


def _limit(name: str, text: str) -> RateLimitItem | None:
    if text == OFF:
        return None
    try:
        return parse(text)
    except ValueError:
        variable = f"LIMIT_{name.upper()}"
        raise ValueError(
            f"{variable} must be like `60 per minute` or `{OFF}`, not {text!r}."
        ) from None
