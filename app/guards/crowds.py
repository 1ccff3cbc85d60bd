"""Against crowds: nobody takes all the places, neither by address nor, once known, by user."""

from __future__ import annotations

import ipaddress
from collections import Counter
from threading import Lock
from typing import Any

IPV6_HOUSE = 64  # bits of an address that one customer of a provider can't choose


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
        house = _house(address)
        with self._lock:
            if _is_full(self._taken[house], self._per_address) or _is_full(self._all, self._total):
                return False
            self._taken[house] += 1
            self._all += 1
            return True

    def leave(self, address: str) -> None:
        """Give a place back."""
        house = _house(address)
        with self._lock:
            self._taken[house] -= 1
            self._all -= 1
            if not self._taken[house]:
                del self._taken[house]


def _is_full(taken: int, limit: int | None) -> bool:
    return limit is not None and taken >= limit


def refuse_crowds(engine: Any, limit: int) -> None:
    """Limit the Engine.IO sessions of an address; a session that polls holds no connection."""
    places = Places(limit)
    addresses: dict[str, str] = {}
    let_in, let_go = engine.handlers["connect"], engine.handlers["disconnect"]

    def on_connect(session: str, environ: dict[str, Any]) -> Any:
        address = environ.get("REMOTE_ADDR", "")
        if not places.take(address):
            return "There are too many connections from this address."
        addresses[session] = address
        return let_in(session, environ)

    def on_disconnect(session: str, reason: str) -> None:
        places.leave(addresses.pop(session))
        let_go(session, reason)

    engine.on("connect", on_connect)
    engine.on("disconnect", on_disconnect)


def _house(address: str) -> str:
    """Return what stands for an address: for IPv6 the network that it could roam in."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_HOUSE), strict=False))
