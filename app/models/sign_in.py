"""A signed-in session as a row, so that signing out means something."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, MaybeMoment, Moment, now
from app.models.control_event import Kind, Notice
from app.models.credential_use import Used
from app.models.secret import digest, new_secret
from app.models.user import User

SIGN_IN_LIFETIME = timedelta(days=90)


class SignIn(Used, Base):
    """One browser that one person has signed in with; `browser` says which, in a few words."""

    __tablename__ = "sign_in"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")
    created_at: Mapped[Moment]
    last_used_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def begin(cls, user_id: int, browser: str = "") -> str:
        """Sign a person in, in the caller's transaction; return the key for the cookie."""
        db.session.execute(delete(cls).where(cls.user_id == user_id, cls.created_at < oldest()))
        key = new_secret()
        db.session.add(cls(user_id=user_id, key_hash=digest(key), browser=browser))
        return key

    @classmethod
    def by_key(cls, key: str) -> SignIn | None:
        """Return the sign-in that a cookie's key stands for, while it lasts."""
        sign_in = db.session.scalar(select(cls).where(cls.key_hash == digest(key)))
        return sign_in if sign_in and sign_in.is_good else None

    @classmethod
    def lasting(cls, user_id: int) -> Select[SignIn]:
        """Select a person's sign-ins that last, the newest first."""
        return (
            select(cls)
            .where(cls.user_id == user_id, cls.ended_at.is_(None), cls.created_at > oldest())
            .order_by(cls.id.desc())
        )

    @classmethod
    def expired(cls, ids: Collection[int]) -> Select[SignIn]:
        """Select those of these sign-ins that are too old."""
        return select(cls).where(cls.id.in_(ids), cls.created_at <= oldest())

    @classmethod
    def end_all(cls, user_id: int) -> None:
        """Sign a person out everywhere, in the caller's transaction."""
        for sign_in in db.session.scalars(cls.lasting(user_id)).all():
            sign_in.end()

    @property
    def is_good(self) -> bool:
        """Say whether it opens anything: not ended, not too old, its user not disabled."""
        return not self.ended_at and self.created_at > oldest() and self.user.is_active

    @property
    def room(self) -> str:
        """Name the room of the sockets that this sign-in has opened."""
        return f"sign-in:{self.id}"

    def end(self) -> None:
        """Sign out, in the caller's transaction: the key is worth nothing from here on."""
        db.session.execute(update(SignIn).where(SignIn.id == self.id).values(ended_at=now()))
        Notice.post(Kind.DISCONNECT, self.room)


def oldest() -> datetime:
    """Return the moment before which a sign-in must not have begun to be good still."""
    return now() - SIGN_IN_LIFETIME
