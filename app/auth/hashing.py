"""Passwords are hashed beside the event loop, and only few of them at the same time.

Each takes 64 MiB and all of a core for a moment. Readers have the other cores, so that people who
sign in, however many, don't hold up anybody's answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Semaphore
from typing import Any

from app.auth.passwords import hash_password, verify_password
from app.database import release
from app.errors import Unavailable
from app.replies import current_runtime

PLACE_TIMEOUT_SECONDS = 75.0  # a queue of some hundred, on one core
TOO_MANY_SIGNING_IN = "Too many people are signing in at this moment. Please try again."

_places = Semaphore(max(1, (os.cpu_count() or 1) // 2))


def hashed(password: str) -> str:
    """Return the hash to store for `password`; raises Unavailable where that takes too long."""
    return str(_in_turn(hash_password, password))


def matches(stored: str | None, password: str) -> bool:
    """Say whether `password` is the one behind `stored`; None takes as long and is false."""
    return bool(_in_turn(verify_password, stored, password))


def _in_turn(function: Callable[..., Any], *args: Any) -> Any:
    release()
    if not _places.acquire(timeout=PLACE_TIMEOUT_SECONDS):
        raise Unavailable(TOO_MANY_SIGNING_IN, retry_after=PLACE_TIMEOUT_SECONDS)
    try:
        return current_runtime().offload(function, *args)
    finally:
        _places.release()
