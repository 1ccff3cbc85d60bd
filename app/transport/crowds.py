"""Against crowds: nobody takes all the places, neither by address nor, once known, by user."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Any

from app.addresses import network_of


class Places:
    """Counts who is here: in total, and by address. None: no limit."""

    def __init__(self, per_address: int | None, total: int | None = None) -> None:
        self._per_address = per_address
        self._total = total
        self._taken: Counter[str] = Counter()
        self._all = 0
        self._lock = Lock()

    def take(self, address: str) -> bool:
        """Take a place, to be given back with `leave`; False if there is none left."""
        network = network_of(address)
        with self._lock:
            if _is_full(self._taken[network], self._per_address) or _is_full(
                self._all, self._total
            ):
                return False
            self._taken[network] += 1
            self._all += 1
            return True

    def leave(self, address: str) -> None:
        """Give a place back."""
        network = network_of(address)
        with self._lock:
            self._taken[network] -= 1
            self._all -= 1
            if not self._taken[network]:
                del self._taken[network]


def _is_full(taken: int, limit: int | None) -> bool:
    return limit is not None and taken >= limit


def refuse_crowds(engine: Any, limit: int) -> None:
    """Limit the Engine.IO sessions of an address; a session that polls holds no connection."""
    places = Places(limit)
    addresses: dict[str, str] = {}
    connect, disconnect = engine.handlers["connect"], engine.handlers["disconnect"]

    def on_connect(session: str, environ: dict[str, Any]) -> Any:
        address = environ.get("REMOTE_ADDR", "")
        if not places.take(address):
            return "There are too many connections from this address."
        addresses[session] = address
        return connect(session, environ)

    def on_disconnect(session: str, reason: str) -> None:
        if (address := addresses.pop(session, None)) is not None:  # two may close it at once
            places.leave(address)
        disconnect(session, reason)

    engine.on("connect", on_connect)
    engine.on("disconnect", on_disconnect)
