"""Waits for a condition instead of for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02


def eventually(condition: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Return the first true value of `condition`; AssertionError if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what or f"not so within {seconds:g} s"
        time.sleep(POLL_SECONDS)
    return value
