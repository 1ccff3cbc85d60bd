"""What sign-ins and API tokens have in common: a random secret, stored as a hash, and its use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Mapped

from app.extensions import db
from app.models.columns import Key, OptionalTimestamp, now

MINUTE = timedelta(minutes=1)


class Credential:
    """A mixin: remembers when the credential was last used, to the minute."""

    id: Mapped[Key]
    last_used_at: Mapped[OptionalTimestamp]

    @property
    def was_used_just_now(self) -> bool:
        """Return whether its last use is stored, to the minute."""
        return self.last_used_at is not None and abs(now() - self.last_used_at) < MINUTE

    @classmethod
    def store_use(cls, ids: Collection[int]) -> None:
        """Store that these are used now, in the caller's transaction."""
        db.session.execute(update(cls).where(cls.id.in_(ids)).values(last_used_at=now()))


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits, readable, after a prefix that secret scanners recognize."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the hash to store of `secret`, which may be any text that was received.

    One round of SHA-256 is enough: 256 random bits can't be guessed, only stolen.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
