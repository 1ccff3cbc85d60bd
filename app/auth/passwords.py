"""Passwords: Argon2id with the memory and passes of RFC 9106's low-memory profile.

Each hash takes 64 MiB and a whole core for a moment. So they are made beside the event loop and
only few at once: the other cores are for readers, and a crowd that signs in delays no answer.
Few may wait for each address, so that a flood from one address doesn't delay another's sign-in.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.background import offload
from app.database import release
from app.errors import Invalid, Unavailable
from app.slots import slot_of

T = TypeVar("T")

PASSWORD_LENGTH = range(8, 1001)  # characters
LENGTH_RULE = f"A password has {PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[-1]:,} characters."
TOO_COMMON = "This password is one of the most common ones. Please choose another."
COMMON = frozenset(
    FREQUENCY_LISTS["passwords"]
)  # 30,000 in lower case, a third of them long enough
QUEUE_SECONDS = 75.0  # for some hundred sign-ins at once, on one core
QUEUE_PER_CALLER = 5  # with the one that is being hashed: a second or two on one core
RETRY_SECONDS = 5.0
TOO_MANY = "Too many people are signing in at this moment. Please try again."
HASHER = PasswordHasher(parallelism=1)
# An unknown address is checked against this, so that it takes as long as a known one. It is the
# hash of "nobody has this password", written down so that no start has to compute it.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=1$IFRPM7O7obVlKAvaXOcC8w"
    "$B6XJ9GCTIizufpP/M5TfskH5xZLnGTPzz+1dU67WtUg"
)

_slots = Semaphore(max(1, (os.cpu_count() or 1) // 2))


class Queue:
    """Counts the hashes that wait, or are being made, for each caller: few for any one of them."""

    def __init__(self, per_caller: int) -> None:
        self._per_caller = per_caller
        self._waiting: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def place(self, caller: str | None) -> Iterator[None]:
        """Hold a place of `caller` (None: a command, which is not counted).

        Raises Unavailable at once where the caller has no place left.
        """
        if caller is None:
            yield
            return
        with self._lock:
            if self._waiting[caller] >= self._per_caller:
                raise Unavailable(TOO_MANY, retry_after=RETRY_SECONDS)
            self._waiting[caller] += 1
        try:
            yield
        finally:
            self._leave(caller)

    def _leave(self, caller: str) -> None:
        with self._lock:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller]


_queue = Queue(QUEUE_PER_CALLER)


def check_new_password(password: str) -> None:
    """Raise Invalid, with a sentence, unless this may become somebody's password."""
    if len(password) not in PASSWORD_LENGTH:
        raise Invalid(LENGTH_RULE)
    if password.lower() in COMMON:
        raise Invalid(TOO_COMMON)


def hash_password(password: str, caller: str | None = None) -> str:
    """Return the hash to store for `password`.

    Raises Unavailable where too many hashes wait, or too many of this caller: an address, a
    browser or a user. None: a command, which waits like everybody and is not counted.
    """
    return _in_a_slot(lambda: HASHER.hash(password), caller)


def verify_password(stored: str | None, password: str, caller: str | None = None) -> bool:
    """Return whether `stored` is the hash of `password`. Raises Unavailable like hash_password.

    None and text that is no hash, as of an account without a password, take as long and are false.
    """
    return _in_a_slot(lambda: _verify(stored, password), caller)


def _in_a_slot(function: Callable[[], T], caller: str | None) -> T:
    release()
    too_many = Unavailable(TOO_MANY, retry_after=QUEUE_SECONDS)
    with _queue.place(caller), slot_of(_slots, QUEUE_SECONDS, too_many):
        return offload(function)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return HASHER.verify(stored or NOBODYS_HASH, password) and bool(stored)
    except VerifyMismatchError:
        return False
    except InvalidHashError:
        return _verify(None, password)
