"""Bounds a flood of equal lines: one thing that goes wrong can go wrong thousands of times."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from app import counts

WINDOW_SECONDS = 60.0
MOST_LINES = 20  # of one kind in that time
MOST_KINDS = 1000
LAST = "more like this are left out for a minute"


@dataclass(slots=True)
class Window:
    """What one place in the code has logged in a minute."""

    began: float
    lines: int = 0
    left_out: int = 0


class FloodFilter(logging.Filter):
    """Lets through so many warnings and errors a minute from each place in the code. The last one
    says so, and the next one how many were left out. What is logged of each request is no flood."""

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[tuple[str, int], Window] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written."""
        if record.levelno < logging.WARNING:
            return True
        window, left_out = self._window_of(record)
        window.lines += 1
        if window.lines > MOST_LINES:
            window.left_out += 1
            counts.LOG_LINES_LEFT_OUT.value += 1
            return False
        if left_out:
            _add(record, left_out=left_out)
        if window.lines == MOST_LINES:
            _add(record, note=LAST)
        return True

    def _window_of(self, record: logging.LogRecord) -> tuple[Window, int]:
        """Return the window that a record is in, and how many lines the one before has left out."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        window = self._windows.get(place)
        if window and now - window.began < WINDOW_SECONDS:
            return window, 0
        if len(self._windows) >= MOST_KINDS:
            self._windows.clear()
        self._windows[place] = following = Window(now)
        return following, window.left_out if window else 0


def _add(record: logging.LogRecord, **fields: object) -> None:
    record.fields = {**getattr(record, "fields", {}), **fields}
