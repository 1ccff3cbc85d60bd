"""How many events of any kind one connection may send: more are refused unread."""

from __future__ import annotations

import math
import time
from typing import Any

from limits import RateLimitItem

BUCKET = "midstream.token_bucket"  # the environ's key of a connection's bucket


class TokenBucket:
    """Refills steadily, up to what is allowed in one window; each event takes a token."""

    def __init__(self, allowed: RateLimitItem) -> None:
        self._capacity = float(allowed.amount)
        self._per_second = allowed.amount / allowed.get_expiry()
        self._tokens = self._capacity
        self._at = time.monotonic()

    def take(self) -> float:
        """Take a token if there is one. Returns the seconds until there is one; 0 if there was."""
        now = time.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= 1
        return 0.0


def seconds_until_allowed(handshake_environ: dict[str, Any], allowed: RateLimitItem | None) -> int:
    """Take a token for an event; return in how many seconds it is allowed, 0 if it is now.

    The bucket is kept in the environ of the Engine.IO handshake, which lives as long as the
    connection: leaving the namespace and coming back does not refill it.
    """
    if allowed is None:
        return 0
    bucket: TokenBucket = handshake_environ.get(BUCKET) or handshake_environ.setdefault(
        BUCKET, TokenBucket(allowed)
    )
    return math.ceil(bucket.take())
