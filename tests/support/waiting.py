"""Waiting for what is to become true, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GLANCE_SECONDS = 0.02


def eventually(condition: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Return the first true value of `condition`; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what or f"not so within {seconds:g} s"
        time.sleep(GLANCE_SECONDS)
    return value
