"""A signed-in browser session, stored so that signing out ends it on the server."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.credential import Credential, digest, new_secret
from app.models.user import User

SIGN_IN_LIFETIME = timedelta(days=90)


class SignIn(Credential, Base):
    """One sign-in of one person; `browser` describes the browser, as `Firefox on Linux`."""

    __tablename__ = "sign_in"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")
    created_at: Mapped[Timestamp]
    last_used_at: Mapped[OptionalTimestamp]
    ended_at: Mapped[OptionalTimestamp]

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
        """Return the sign-in with this key, if it is valid."""
        sign_in = db.session.scalar(select(cls).where(cls.key_hash == digest(key)))
        return sign_in if sign_in and sign_in.is_valid else None

    @classmethod
    def active(cls, user_id: int) -> Select[SignIn]:
        """Select a user's sign-ins that have not ended, the newest first."""
        return (
            select(cls)
            .where(cls.user_id == user_id, cls.ended_at.is_(None), cls.created_at > oldest())
            .order_by(cls.id.desc())
        )

    @classmethod
    def expired(cls, ids: Collection[int]) -> Select[SignIn]:
        """Select which of these sign-ins are too old."""
        return select(cls).where(cls.id.in_(ids), cls.created_at <= oldest())

    @classmethod
    def end_all(cls, user_id: int) -> None:
        """Sign a person out everywhere, in the caller's transaction."""
        for sign_in in db.session.scalars(cls.active(user_id)).all():
            sign_in.end()

    @property
    def is_valid(self) -> bool:
        """Return whether it is neither ended nor too old, and its user is not disabled."""
        return not self.ended_at and self.created_at > oldest() and self.user.is_active

    @property
    def room(self) -> str:
        """Return the name of the room of the sockets that this sign-in has opened."""
        return f"sign-in:{self.id}"

    def end(self) -> None:
        """Sign out, in the caller's transaction: its key is not valid any more."""
        db.session.execute(update(SignIn).where(SignIn.id == self.id).values(ended_at=now()))
        ControlEvent.post(Kind.DISCONNECT, self.room)


def oldest() -> datetime:
    """Return the time after which a sign-in must have begun to be valid."""
    return now() - SIGN_IN_LIFETIME
