"""Publishing to Redis: all that waits goes with one round trip, and no caller waits for it."""

from __future__ import annotations

import logging
from threading import Event, Lock
from typing import Any

from app import counts
from app.errors import attempt

logger = logging.getLogger(__name__)

MAX_WAITING_BYTES = 16_000_000  # while Redis takes nothing; what is dropped readers get by joining


class Publisher:
    """Publishes messages in the order in which they were added."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._waiting: list[tuple[str, str]] = []  # channel and message
        self._waiting_bytes = 0
        self._lock = Lock()
        self._is_waiting = Event()
        counts.REDIS_WAITING.read = lambda: self._waiting_bytes

    def add(self, channel: str, message: str) -> None:
        """Publish a message soon."""
        with self._lock:
            if self._waiting_bytes + len(message) > MAX_WAITING_BYTES:
                counts.REDIS_DROPPED.value += 1
                return
            self._waiting.append((channel, message))
            self._waiting_bytes += len(message)
        self._is_waiting.set()

    def run(self) -> None:
        """The task that publishes, for ever."""
        while True:
            self._is_waiting.wait()
            self._is_waiting.clear()
            _, error = attempt(self.publish_waiting)
            if error:
                logger.error("Redis has not taken some events: %s.", type(error).__name__)

    def publish_waiting(self) -> None:
        """Publish what waits. Raises RedisError or OSError, and does not try it again."""
        with self._lock:
            taken, self._waiting, self._waiting_bytes = self._waiting, [], 0
        pipeline = self._redis.pipeline(transaction=False)
        for channel, message in taken:
            pipeline.publish(channel, message)
        pipeline.execute()
