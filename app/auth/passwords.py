"""Passwords: Argon2id with the memory and passes of RFC 9106's low-memory profile.

Each hash takes 64 MiB and a whole core for a moment. So they are made beside the event loop and
only few at once: the other cores are for readers, and a crowd that signs in delays no answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Semaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.background import offload
from app.database import release
from app.errors import Unavailable

T = TypeVar("T")

PASSWORD_LENGTH = range(8, 1001)  # characters
QUEUE_SECONDS = 75.0  # for some hundred sign-ins at once, on one core
TOO_MANY = "Too many people are signing in at this moment. Please try again."
HASHER = PasswordHasher(parallelism=1)
# An unknown address is checked against this, so that it takes as long as a known one. It is the
# hash of "nobody has this password", written down so that no start has to compute it.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=1$IFRPM7O7obVlKAvaXOcC8w"
    "$B6XJ9GCTIizufpP/M5TfskH5xZLnGTPzz+1dU67WtUg"
)

_slots = Semaphore(max(1, (os.cpu_count() or 1) // 2))


def hash_password(password: str) -> str:
    """Return the hash to store for `password`; Unavailable where too many wait for theirs."""
    return _in_a_slot(lambda: HASHER.hash(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether `stored` is the hash of `password`; Unavailable where too many wait.

    None and text that is no hash, as of an account without a password, take as long and are false.
    """
    return _in_a_slot(lambda: _verify(stored, password))


def _in_a_slot(function: Callable[[], T]) -> T:
    release()
    if not _slots.acquire(timeout=QUEUE_SECONDS):
        raise Unavailable(TOO_MANY, retry_after=QUEUE_SECONDS)
    try:
        return offload(function)
    finally:
        _slots.release()


def _verify(stored: str | None, password: str) -> bool:
    try:
        return HASHER.verify(stored or NOBODYS_HASH, password) and bool(stored)
    except VerifyMismatchError:
        return False
    except InvalidHashError:
        return _verify(None, password)
