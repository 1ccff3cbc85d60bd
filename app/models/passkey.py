"""Passkeys: keys on somebody's device, with which they sign in without a password.
https://www.w3.org/TR/webauthn-3/"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    String,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Line, OptionalTimestamp, Timestamp, now
from app.models.user import User
from app.text import NAME_LENGTH

MAX_PASSKEYS = 20  # of one person
CREDENTIAL_ID_LENGTH = 1364  # of the 1,023 bytes that one may have, in base64url
HANDLE_BYTES = 32
TOO_MANY = f"You can have {MAX_PASSKEYS} passkeys. Remove one first."
KNOWN = "This passkey is in use already."


class Passkey(Base):
    """One key. `handle` is by what authenticators know its person: random, the same for all keys
    of one. `sign_count` is what the authenticator said last; 0 where it does not count."""

    __tablename__ = "passkey"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    credential_id: Mapped[str] = mapped_column(String(CREDENTIAL_ID_LENGTH), unique=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(64))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[Timestamp]
    last_used_at: Mapped[OptionalTimestamp]

    @classmethod
    def all_of(cls, user_id: int) -> Sequence[Passkey]:
        """Return somebody's, the oldest first."""
        return db.session.scalars(select(cls).filter_by(user_id=user_id).order_by(cls.id)).all()

    @classmethod
    def by_credential_id(cls, credential_id: str) -> Passkey | None:
        """Return the one with this id, which may be any text that was received."""
        if "\0" in credential_id or len(credential_id) > CREDENTIAL_ID_LENGTH:
            return None
        return db.session.scalar(select(cls).where(cls.credential_id == credential_id))

    @classmethod
    def handle_of(cls, user_id: int) -> bytes:
        """Return by what authenticators know somebody, or are to know somebody without a key."""
        found = select(cls.handle).where(cls.user_id == user_id).limit(1)
        return db.session.scalar(found) or secrets.token_bytes(HANDLE_BYTES)

    @classmethod
    def add(cls, user_id: int, credential_id: str, **fields: object) -> None:
        """Add one, in the caller's transaction.

        Raises Invalid where there are too many, Conflict where somebody has this one already, and
        NotFound where the account was deleted meanwhile.
        """
        User.lock(user_id)
        if cls.count(user_id) >= MAX_PASSKEYS:
            raise Invalid(TOO_MANY)
        if cls.by_credential_id(credential_id) is not None:
            raise Conflict(KNOWN)
        db.session.add(cls(user_id=user_id, credential_id=credential_id, **fields))

    @classmethod
    def count(cls, user_id: int) -> int:
        """Return how many somebody has."""
        return db.session.scalar(select(func.count()).where(cls.user_id == user_id)) or 0

    @classmethod
    def remove(cls, user_id: int, key: int) -> bool:
        """Remove one of somebody's, in the caller's transaction; return whether there was one."""
        gone = delete(cls).where(cls.user_id == user_id, cls.id == key).returning(cls.id)
        return db.session.scalar(gone) is not None

    @classmethod
    def use(cls, key: int, sign_count: int) -> bool:
        """Store what the authenticator's counter is now, in the caller's transaction.

        Returns False where it is not higher than before although it counts: then there is a copy of
        the key, or the same answer has come twice.
        """
        is_higher = cls.sign_count < sign_count
        is_without = (cls.sign_count == 0) & (sign_count == 0)
        used = update(cls).where(cls.id == key, is_higher | is_without)
        values = {"sign_count": sign_count, "last_used_at": now()}
        return db.session.scalar(used.values(values).returning(cls.id)) is not None
