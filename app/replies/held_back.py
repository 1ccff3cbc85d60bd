"""How much text this process has received that is not committed yet, and how much of it there may
be: while the database is away everything that models say is kept in memory."""

from __future__ import annotations

import logging
import sys
from _thread import RLock
from collections.abc import Iterable

from app.providers import Piece

logger = logging.getLogger(__name__)

PIECE_BYTES = 56  # of memory that a piece takes besides its text
FULL = (
    "Texts of %.0f MB wait for the database: answers that have more than their share of it are "
    "ended when they receive more."
)


class HeldBack:
    """Counts the memory of what each answer holds back. Any task and any thread may call it.

    Each answer may always have an equal share of `most_bytes`, so that a long one never ends the
    others; more than that only while all of them together have less than `most_bytes`.
    """

    def __init__(self, most_bytes: float) -> None:
        self._most_bytes = most_bytes
        self._bytes: dict[int, int] = {}  # by answer
        self._lock = RLock()  # nothing yields while it is held, so it need not be green
        self._is_full = False
        self.total = 0

    def begin(self, key: int) -> None:
        """Count what an answer holds back from now on."""
        with self._lock:
            self._bytes[key] = 0

    def take(self, key: int, size: int) -> bool:
        """Count what an answer is to hold back besides; False where it may not have that."""
        with self._lock:
            held = self._bytes.get(key)
            if held is None:
                return True  # it is no longer counted, and nothing more of it is kept
            share = self._most_bytes / len(self._bytes)
            fits = self.total + size <= self._most_bytes or held + size <= share
            if fits:
                self._bytes[key] = held + size
                self.total += size
            is_new, self._is_full = not fits and not self._is_full, self._is_full or not fits
        if is_new:
            logger.error(FULL, self._most_bytes / 1e6)
        return fits

    def give_back(self, key: int, size: int) -> None:
        """Count no longer what is committed or dropped."""
        with self._lock:
            if key in self._bytes:
                self._bytes[key] -= size
                self._subtract(size)

    def end(self, key: int) -> None:
        """Count nothing more of an answer that has ended."""
        with self._lock:
            self._subtract(self._bytes.pop(key, 0))

    def _subtract(self, size: int) -> None:
        self.total -= size
        if self.total < self._most_bytes / 2:
            self._is_full = False


def size_of(pieces: Iterable[Piece]) -> int:
    """Return how much memory pieces take."""
    return sum(PIECE_BYTES + sys.getsizeof(piece.text) for piece in pieces)
