"""Publishing to Redis: all that waits goes with one round trip, and no caller waits for it."""

from __future__ import annotations

import time
from collections import deque
from threading import Event, Lock
from typing import Any

from app import counts
from app.errors import attempt
from app.shared_redis import SharedRedis
from app.shared_redis.health import REDIS_ERRORS

MAX_WAITING_BYTES = 16_000_000  # what is dropped, other processes find in the database
BATCH_BYTES = 1_000_000  # of one round trip, which has to be done within the time limit
TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 0.25  # after a failure

Message = tuple[str, str]
"""A channel, and what is published on it."""


class Publisher:
    """Publishes messages in the order in which they were added, each at most once but for a
    connection that was lost meanwhile; or not at all, where Redis does not take it in time."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis
        self._waiting: deque[Message] = deque()
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
                self._redis.health.failed(error)
                time.sleep(PAUSE_SECONDS)
                self._is_waiting.set()

    def publish_waiting(self) -> None:
        """Publish what waits. Raises RedisError or OSError, and does not try it again."""
        while batch := self._take():
            client: Any = self._redis.channels_client(TIMEOUT_SECONDS)
            pipeline = client.pipeline(transaction=False)
            for channel, message in batch:
                pipeline.publish(channel, message)
            try:
                pipeline.execute()
            except REDIS_ERRORS:
                counts.REDIS_DROPPED.value += len(batch)
                raise

    def _take(self) -> list[Message]:
        """Remove and return the messages of one round trip."""
        batch: list[Message] = []
        size = 0
        with self._lock:
            while self._waiting and (not batch or size + len(self._waiting[0][1]) <= BATCH_BYTES):
                batch.append(self._waiting.popleft())
                size += len(batch[-1][1])
            self._waiting_bytes -= size
        return batch
