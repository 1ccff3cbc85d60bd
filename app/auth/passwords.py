"""Argon2id with the memory and the passes of RFC 9106's low-memory profile."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

PASSWORD_LENGTH = range(8, 1001)
HASHER = PasswordHasher(parallelism=1)  # one core each: the others are for readers
# What an unknown address is checked against, so that it takes as long as a known one.
# It is of "nobody has this password", and written here so that no start has to wait for it.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=1$IFRPM7O7obVlKAvaXOcC8w"
    "$B6XJ9GCTIizufpP/M5TfskH5xZLnGTPzz+1dU67WtUg"
)


def hash_password(password: str) -> str:
    """Return the hash to store for `password`."""
    return HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Say whether `password` is the one behind `stored`.

    None, and what is no hash, as of somebody who has no password, take as long and are false.
    """
    try:
        return HASHER.verify(stored or NOBODYS_HASH, password) and bool(stored)
    except VerifyMismatchError:
        return False
    except InvalidHashError:
        return verify_password(None, password)
