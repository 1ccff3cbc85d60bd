"""How many events of any kind one connection may send: beyond that they are refused unread."""

from __future__ import annotations

import math
import time
from typing import Any

from limits import RateLimitItem

ALLOWANCE = "midstream.allowance"


class Allowance:
    """Fills up steadily to what is allowed in a window, and is spent an event at a time."""

    def __init__(self, allowed: RateLimitItem) -> None:
        self._most = float(allowed.amount)
        self._per_second = allowed.amount / allowed.get_expiry()
        self._left = self._most
        self._at = time.monotonic()

    def spend(self) -> float:
        """Spend one if there is one; return after how many seconds there is, 0 if there was."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0


def spend(connection: dict[str, Any], allowed: RateLimitItem | None) -> int:
    """Return in how many seconds, 0 for now, something may come on a connection.

    It is remembered in the environment of the connection's handshake, which lasts as long as the
    connection: leaving the namespace and coming back earns nothing.
    """
    if allowed is None:
        return 0
    allowance: Allowance = connection.get(ALLOWANCE) or connection.setdefault(
        ALLOWANCE, Allowance(allowed)
    )
    return math.ceil(allowance.spend())
