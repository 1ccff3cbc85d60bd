"""How many events of any kind one connection may send: beyond that they are refused unread."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem


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


class Allowances:
    """One for each connection that has sent anything."""

    def __init__(self) -> None:
        self._each: dict[str, Allowance] = {}

    def spend(self, sid: str, allowed: RateLimitItem | None) -> int:
        """Return in how many seconds, 0 for now, this connection may send an event."""
        if allowed is None:
            return 0
        allowance = self._each.get(sid) or self._each.setdefault(sid, Allowance(allowed))
        return math.ceil(allowance.spend())

    def forget(self, sid: str) -> None:
        """Let go of a connection that has ended."""
        self._each.pop(sid, None)
