"""The second factor of people who sign in with a password: codes of an app, by RFC 6238, and
recovery codes for when that is lost."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import BigInteger, ForeignKey, String, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models import audit
from app.models.columns import Key, Timestamp
from app.models.credential import digest
from app.models.link import CODE_LETTERS
from app.models.user import User

RECOVERY_CODES = 10
RECOVERY_LENGTH = 16  # of 32 letters: 80 random bits, which can't be guessed


class SecondFactor(Base):
    """The app of one person. Its secret is encrypted; `last_step` is the number of the 30 seconds
    whose code was used last, so that none can be used twice."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[Timestamp]

    @classmethod
    def of(cls, user_id: int) -> SecondFactor | None:
        """Return somebody's, where there is one."""
        return db.session.get(cls, user_id)

    @classmethod
    def exists(cls, user_id: int) -> bool:
        """Return whether somebody has one."""
        found = select(cls.user_id).where(cls.user_id == user_id)
        return db.session.scalar(found) is not None

    @classmethod
    def replace(cls, user_id: int, secret: str, step: int) -> list[str]:
        """Store an encrypted secret, of which the code of this step was used, in the caller's
        transaction; return new recovery codes, of which only hashes are stored."""
        User.lock(user_id)
        cls.remove(user_id)
        db.session.add(cls(user_id=user_id, secret=secret, last_step=step))
        return RecoveryCode.replace_all(user_id)

    @classmethod
    def remove(cls, user_id: int) -> bool:
        """Let somebody sign in without one, in the caller's transaction; return whether there was
        one."""
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        gone = delete(cls).where(cls.user_id == user_id).returning(cls.user_id)
        return db.session.scalar(gone) is not None

    @classmethod
    def use_step(cls, user_id: int, step: int) -> bool:
        """Note that the code of a step is used, in the caller's transaction; False where it, or a
        later one, has been used before. Of two at the same moment one wins."""
        used = update(cls).where(cls.user_id == user_id, cls.last_step < step)
        return db.session.scalar(used.values(last_step=step).returning(cls.user_id)) is not None


def remove_second_factor(user_id: int) -> bool:
    """Remove somebody's, in the caller's transaction; return whether there was one."""
    is_removed = SecondFactor.remove(user_id)
    if is_removed:
        audit.record(audit.Kind.SECOND_FACTOR_REMOVED, user_id)
    return is_removed


class RecoveryCode(Base):
    """A code that signs in once, instead of one of the app. It is deleted when it is used."""

    __tablename__ = "recovery_code"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))

    @classmethod
    def replace_all(cls, user_id: int) -> list[str]:
        """Return new codes, in the caller's transaction; the former ones are no longer valid."""
        db.session.execute(delete(cls).where(cls.user_id == user_id))
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        rows = [{"user_id": user_id, "code_hash": digest(_plain(code))} for code in codes]
        db.session.execute(insert(cls), rows)
        return codes

    @classmethod
    def use(cls, user_id: int, code: str) -> bool:
        """Use up a code, which may be any text that was received, in the caller's transaction."""
        found = delete(cls).where(cls.user_id == user_id, cls.code_hash == digest(_plain(code)))
        return db.session.scalar(found.returning(cls.id)) is not None

    @classmethod
    def count(cls, user_id: int) -> int:
        """Return how many codes somebody has left."""
        return db.session.scalar(select(func.count()).where(cls.user_id == user_id)) or 0


def _new_code() -> str:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(RECOVERY_LENGTH))
    return "-".join(_in_fours(code))


def _in_fours(code: str) -> Sequence[str]:
    return [code[at : at + 4] for at in range(0, len(code), 4)]


def _plain(code: str) -> str:
    """Return a code without what people add or change when they type it."""
    return re.sub(r"[\s-]", "", code).upper()
