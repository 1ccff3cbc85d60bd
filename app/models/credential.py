"""What sign-ins and API tokens have in common: a random secret, stored as a hash, and its use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Mapped

from app.extensions import db
from app.models.columns import Key, OptionalTimestamp, now

MINUTE = timedelta(minutes=1)


class FoundCredential(NamedTuple):
    """What of a valid credential a socket needs that it has opened: read without the ORM, since
    many sockets may be opened at once."""

    kind: type[Credential]
    id: int
    user_id: int
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def room(self) -> str:
        """Return the name of the room of the sockets that this credential has opened."""
        return self.kind.room_of(self.id)


class Credential:
    """A mixin: remembers when the credential was last used, to the minute."""

    kind: ClassVar[str]  # as the names of rooms begin
    id: Mapped[Key]
    last_used_at: Mapped[OptionalTimestamp]

    @property
    def room(self) -> str:
        """Return the name of the room of the sockets that it has opened."""
        return self.room_of(self.id)

    @classmethod
    def room_of(cls, key: int) -> str:
        """Return the name of the room of the sockets that one has opened."""
        return f"{cls.kind}:{key}"

    @classmethod
    def store_use(cls, ids: Collection[int]) -> None:
        """Store that these are used now, in the caller's transaction."""
        db.session.execute(update(cls).where(cls.id.in_(ids)).values(last_used_at=now()))


def is_valid(
    ended_at: datetime | None, expires_at: datetime | None, disabled_at: datetime | None
) -> bool:
    """Return whether a credential has neither ended nor expired, and its user is not disabled."""
    is_expired = expires_at is not None and expires_at <= now()
    return not (ended_at or is_expired or disabled_at)


def was_just_now(used_at: datetime | None) -> bool:
    """Return whether this is now, to the minute."""
    return used_at is not None and abs(now() - used_at) < MINUTE


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits, readable, after a prefix that secret scanners recognize."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the hash to store of `secret`, which may be any text that was received.

    One round of SHA-256 is enough: 256 random bits can't be guessed, only stolen.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
