"""A signed-in browser session, stored so that signing out ends it on the server."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import find_first
from app.direct import DirectStatement
from app.extensions import Base, db
from app.models import audit
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.credential import Credential, FoundCredential, digest, is_valid, new_secret
from app.models.push_subscription import PushSubscription
from app.models.user import User, check_enabled

SIGN_IN_LIFETIME = timedelta(days=90)
MAX_SIGN_INS = 100  # of one person


class SignIn(Credential, Base):
    """One sign-in of one person; `browser` describes the browser, as `Firefox on Linux`."""

    __tablename__ = "sign_in"
    kind = "sign-in"
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
    def begin(cls, user_id: int, browser: str = "", how: str = "password") -> str:
        """Sign a person in, in the caller's transaction; return the key for the cookie.

        Ends the oldest sign-in of somebody who has as many as a person may have. Raises Forbidden,
        with a sentence, where the account is disabled: whichever way somebody signs in by.
        """
        check_enabled(user_id)
        useless = (cls.created_at < oldest()) | cls.ended_at.is_not(None)
        db.session.execute(delete(cls).where(cls.user_id == user_id, useless))
        cls.end_all(user_id, but_newest=MAX_SIGN_INS - 1)
        key = new_secret()
        db.session.add(cls(user_id=user_id, key_hash=digest(key), browser=browser))
        audit.record(audit.Kind.SIGN_IN, user_id, f"{browser}, by {how}", by=user_id)
        return key

    @classmethod
    def by_key(cls, key: str) -> SignIn | None:
        """Return the sign-in with this key, if it is valid."""
        sign_in = db.session.scalar(select(cls).where(cls.key_hash == digest(key)))
        return sign_in if sign_in and sign_in.is_valid else None

    @classmethod
    def find(cls, key: str) -> FoundCredential | None:
        """Return what a socket needs of the sign-in with this key, if it is valid."""
        found = find_first(FIND, {"hash": digest(key)})
        if found is None:
            return None
        expires_at = found.created_at + SIGN_IN_LIFETIME
        if not is_valid(found.ended_at, expires_at, found.disabled_at):
            return None
        return FoundCredential(cls, found.id, found.user_id, expires_at, found.last_used_at)

    @classmethod
    def active(cls, user_id: int) -> Select[SignIn]:
        """Select a user's sign-ins that have not ended, the newest first."""
        return (
            select(cls)
            .where(cls.user_id == user_id, cls.ended_at.is_(None), cls.created_at > oldest())
            .order_by(cls.id.desc())
        )

    @classmethod
    def end_all(cls, user_id: int, but_newest: int = 0) -> None:
        """Sign a person out everywhere, in the caller's transaction; except in some browsers."""
        active = cls.active(user_id).offset(but_newest)
        cls._end(list(db.session.scalars(active.with_only_columns(cls.id))))

    @property
    def is_valid(self) -> bool:
        """Return whether it is neither ended nor too old, and its user is not disabled."""
        return is_valid(self.ended_at, self.expires_at, self.user.disabled_at)

    @property
    def expires_at(self) -> datetime:
        """Return when it becomes too old."""
        return self.created_at + SIGN_IN_LIFETIME

    def end(self) -> None:
        """Sign out, in the caller's transaction: its key is not valid any more."""
        self._end([self.id])

    @classmethod
    def _end(cls, ids: list[int]) -> None:
        db.session.execute(update(cls).where(cls.id.in_(ids)).values(ended_at=now()))
        PushSubscription.end_with(ids)
        ControlEvent.post(Kind.DISCONNECT, *map(cls.room_of, ids))


SIGN_INS, USERS = SignIn.__table__.c, User.__table__.c
FIND = DirectStatement(
    select(SIGN_INS.id, SIGN_INS.user_id, SIGN_INS.created_at, SIGN_INS.ended_at)
    .add_columns(SIGN_INS.last_used_at, USERS.disabled_at)
    .join_from(SignIn.__table__, User.__table__)
    .where(SIGN_INS.key_hash == bindparam("hash"))
)


def oldest() -> datetime:
    """Return the time after which a sign-in must have begun to be valid."""
    return now() - SIGN_IN_LIFETIME
