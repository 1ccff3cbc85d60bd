"""Random secrets of which only a hash is stored."""

from __future__ import annotations

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits, readable, after a prefix by which scanners know it."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of `secret`, which may be anything that somebody has sent.

    One round of SHA-256 is enough: what has 256 random bits can't be guessed, only stolen.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
