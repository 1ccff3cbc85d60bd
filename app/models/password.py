"""Argon2id with the library's defaults, which follow RFC 9106's low-memory profile."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher()
# What an unknown address is checked against, so that it takes as long as a known one.
NOBODYS_HASH = HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the hash to store for `password`."""
    return HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Say whether `password` is the one behind `stored`; None takes as long and is false."""
    try:
        return HASHER.verify(stored or NOBODYS_HASH, password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
