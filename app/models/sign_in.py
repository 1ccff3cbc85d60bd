"""A signed-in session as a row, so that signing out means something."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, MaybeMoment, Moment, now
from app.models.notice import Kind, Notice
from app.models.secret import digest, new_secret
from app.models.user import User


class SignIn(Base):
    """One browser that one person has signed in with."""

    __tablename__ = "sign_in"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def begin(cls, user_id: int) -> str:
        """Sign a person in, in the caller's transaction; return the key for the cookie."""
        key = new_secret()
        db.session.add(cls(user_id=user_id, key_hash=digest(key)))
        return key

    @classmethod
    def by_key(cls, key: str) -> SignIn | None:
        """Return the sign-in that a cookie's key stands for, while it lasts."""
        sign_in = db.session.scalar(select(cls).where(cls.key_hash == digest(key)))
        return sign_in if sign_in and not sign_in.ended_at and sign_in.user.is_active else None

    @property
    def room(self) -> str:
        """Name the room of the sockets that this sign-in has opened."""
        return f"sign-in:{self.id}"

    def end(self) -> None:
        """Sign out, in the caller's transaction: the key is worth nothing from here on."""
        db.session.execute(update(SignIn).where(SignIn.id == self.id).values(ended_at=now()))
        Notice.post(Kind.DISCONNECT, self.room)
