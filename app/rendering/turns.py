"""One at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """Like a lock, but fair, and with a bound on how many wait and for how long."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def acquire(self, seconds: float) -> bool:
        """Wait for a turn; False if too many wait, or it does not come in time."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            if len(self._waiting) >= self._most:
                return False
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._lock:
            if turn.is_set():  # it came at the last moment
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        """End a turn; the next one begins."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
