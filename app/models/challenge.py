"""What a browser has to answer, once and soon: with a code, with a passkey's signature, or with
what a provider of OpenID Connect says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, Row, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Timestamp, UtcDateTime, now
from app.models.credential import digest, new_secret
from app.models.user import User

LIFETIME = timedelta(minutes=10)


class Task(StrEnum):
    """What the answer is for."""

    SECOND_FACTOR = "second-factor"  # to sign in, after the password
    SET_UP_SECOND_FACTOR = "set-up-second-factor"
    PASSKEY = "passkey"  # to sign in
    ADD_PASSKEY = "add-passkey"
    OPENID = "openid"  # to sign in, or to connect an account


class Asked(NamedTuple):
    """A challenge that is valid: for whom, where that is known, and what has been remembered."""

    user_id: int | None
    data: Mapping[str, str]


class Challenge(Base):
    """One challenge. The browser has its secret in the session's cookie; here is only the hash.

    `data` is what has to be remembered until the answer comes: short texts by name, as JSON.
    """

    __tablename__ = "challenge"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    task: Mapped[str] = mapped_column(String(24))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    data: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[Timestamp]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @classmethod
    def begin(cls, task: Task, user_id: int | None = None, **data: str) -> str:
        """Add one in the caller's transaction, and return its secret; remove the expired ones.

        Raises NotFound where the account was deleted meanwhile.
        """
        if user_id is not None:
            User.lock(user_id)
        db.session.execute(delete(cls).where(cls.expires_at <= now()))
        secret = new_secret()
        about = {"task": task, "user_id": user_id, "data": json.dumps(data)}
        row = cls(secret_hash=digest(secret), expires_at=now() + LIFETIME, **about)
        db.session.add(row)
        return secret

    @classmethod
    def find(cls, task: Task, secret: str) -> Asked | None:
        """Return the one with this secret, if it is valid; it can still be answered."""
        found = select(cls.user_id, cls.data).where(*cls._is(task, secret))
        return _asked(db.session.execute(found).first())

    @classmethod
    def take(cls, task: Task, secret: str) -> Asked | None:
        """Return it, and let nobody answer it again, in the caller's transaction."""
        taken = delete(cls).where(*cls._is(task, secret)).returning(cls.user_id, cls.data)
        return _asked(db.session.execute(taken).first())

    @classmethod
    def end_sign_ins(cls, user_id: int) -> None:
        """Let nobody go on who has begun to sign in with somebody's password so far, in the
        caller's transaction."""
        begun = (cls.user_id == user_id) & (cls.task == Task.SECOND_FACTOR)
        db.session.execute(delete(cls).where(begun))

    @classmethod
    def _is(cls, task: Task, secret: str) -> tuple[ColumnElement[bool], ...]:
        return (cls.secret_hash == digest(secret), cls.task == task, cls.expires_at > now())


def _asked(row: Row[int | None, str] | None) -> Asked | None:
    return Asked(row[0], json.loads(row[1])) if row else None
