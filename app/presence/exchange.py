"""Tells other processes through Redis who is present in this one, and learns who is in theirs.

Each process has a key with an expiry, which it sets again and again, and whose name is in a set. So
what a process that was killed has said expires by Redis's clock.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from app.presence.local import Everywhere
from app.shared_redis import SharedRedis

NAMES = "{presence}"  # the set of the names; in a cluster one node has it and all the keys
EXPIRY_SECONDS = 10
TIMEOUT_SECONDS = 1.0


class Exchange:
    """One process's side of it. Both methods raise one of REDIS_ERRORS."""

    def __init__(self, redis: SharedRedis) -> None:
        self._shared = redis
        self.health = redis.health
        self._name = uuid.uuid4().hex
        self._read: dict[str, tuple[bytes, Everywhere]] = {}  # of other processes, by name

    def swap(self, mine: Everywhere) -> list[Everywhere]:
        """Say who is here in this process; return who is in the others."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(self._key(self._name), json.dumps(mine), ex=EXPIRY_SECONDS)
        pipeline.sadd(self._names, self._name)
        pipeline.smembers(self._names)
        names = {name.decode() for name in pipeline.execute()[-1]} - {self._name}
        self._update(sorted(names))
        return [people for _, people in self._read.values()]

    def withdraw(self) -> None:
        """Say that nobody is here any more: this process ends."""
        self._redis.delete(self._key(self._name))

    def _update(self, names: Sequence[str]) -> None:
        """Read what other processes have said; forget those that have ended."""
        texts = self._redis.mget([self._key(name) for name in names]) if names else []
        said = {name: text for name, text in zip(names, texts, strict=True) if text is not None}
        if gone := [name for name in names if name not in said]:
            self._redis.srem(self._names, *gone)
        self._read = {name: self._parsed(name, text) for name, text in said.items()}

    def _parsed(self, name: str, text: bytes) -> tuple[bytes, Everywhere]:
        """Return what a process has said; mostly it is the same as the last time."""
        known = self._read.get(name)
        return known if known and known[0] == text else (text, json.loads(text))

    @property
    def _redis(self) -> Any:
        return self._shared.client(TIMEOUT_SECONDS)

    @property
    def _names(self) -> str:
        return f"{self._shared.prefix}:{NAMES}"

    def _key(self, name: str) -> str:
        return f"{self._names}:{name}"
