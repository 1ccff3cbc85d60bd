"""Calls that are due a fixed time after they were asked for, in one task for all sessions.

A task for each would cost a session more memory than all the rest of what it holds, and in threads
a thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from app.background import run_periodically

CHECK_SECONDS = 0.25

T = TypeVar("T")


class DelayedCalls(Generic[T]):
    """Calls `call(item)` some `seconds` after each `add(item)`, up to `CHECK_SECONDS` late.

    An error is logged, and the other calls are made soon. `server` starts the task.
    """

    def __init__(self, server: Any, seconds: float, call: Callable[[T], None]) -> None:
        self._server = server
        self._seconds = seconds
        self._call = call
        self._due: deque[tuple[float, T]] = deque()  # with the time of each, the next one first
        self._starting = Lock()
        self._is_running = False

    def add(self, item: T) -> None:
        """Ask for a call; the first one starts the task."""
        self._due.append((time.monotonic() + self._seconds, item))
        with self._starting:
            if not self._is_running:
                self._is_running = True
                self._server.start_background_task(
                    run_periodically, self.call_due, CHECK_SECONDS, CHECK_SECONDS
                )

    def call_due(self) -> None:
        """Make the calls that are due."""
        while self._due and self._due[0][0] <= time.monotonic():
            _, item = self._due.popleft()
            self._call(item)
