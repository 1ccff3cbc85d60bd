"""How many connections there may be at once: in total, and from one address."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from app.addresses import network_of


class ConnectionLimit:
    """Counts connections, in total and by address (of IPv6 by /64). None: no limit."""

    def __init__(self, per_address: int | None, total: int | None = None) -> None:
        self._per_address = per_address
        self._total = total
        self._by_network: Counter[str] = Counter()
        self._count = 0
        self._lock = Lock()

    def acquire(self, address: str) -> bool:
        """Count a connection, until `release`; return False, and count nothing, at the limit."""
        network = network_of(address)
        with self._lock:
            if _is_reached(self._per_address, self._by_network[network]) or _is_reached(
                self._total, self._count
            ):
                return False
            self._by_network[network] += 1
            self._count += 1
            return True

    def release(self, address: str) -> None:
        """Count a connection no more."""
        network = network_of(address)
        with self._lock:
            self._by_network[network] -= 1
            self._count -= 1
            if not self._by_network[network]:
                del self._by_network[network]


def _is_reached(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit
