"""API tokens: how programs sign in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, String, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, MaybeMoment, Moment, now
from app.models.control_event import Kind, Notice
from app.models.credential_use import Used
from app.models.secret import digest, new_secret
from app.models.user import User
from app.text import NAME_LENGTH

PREFIX = "midstream_"


class ApiToken(Used, Base):
    """One program's key to its user's conversations; only its hash is stored."""

    __tablename__ = "api_token"
    __table_args__ = (
        Index(
            "one_live_token_per_name",
            "user_id",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[Moment]
    last_used_at: Mapped[MaybeMoment]
    expires_at: Mapped[MaybeMoment]
    revoked_at: Mapped[MaybeMoment]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def create(cls, user: User, name: str, expires_at: datetime | None = None) -> str:
        """Make a token in the caller's transaction; return it, for the only time."""
        token = new_secret(PREFIX)
        db.session.add(
            cls(
                user_id=user.id,
                name=name,
                token_hash=digest(token),
                hint=token[: len(PREFIX) + 4],
                expires_at=expires_at,
            )
        )
        return token

    @classmethod
    def by_token(cls, token: str) -> ApiToken | None:
        """Return what `token` stands for, while it is good."""
        found = db.session.scalar(select(cls).where(cls.token_hash == digest(token)))
        return found if found and found.is_good else None

    @classmethod
    def unrevoked(cls, user_id: int, name: str | None = None) -> Select[ApiToken]:
        """Select a user's tokens that nobody has revoked, the oldest first: all, or the one that
        has this name."""
        mine = select(cls).where(cls.user_id == user_id, cls.revoked_at.is_(None))
        return (mine if name is None else mine.where(cls.name == name)).order_by(cls.id)

    @classmethod
    def expired(cls, ids: Collection[int]) -> Select[ApiToken]:
        """Select those of these tokens whose time is over."""
        return select(cls).where(cls.id.in_(ids), cls.expires_at <= now())

    @property
    def is_good(self) -> bool:
        """Say whether it opens anything: not revoked, not expired, its user not disabled."""
        expired = self.expires_at is not None and self.expires_at <= now()
        return not expired and self.revoked_at is None and self.user.is_active

    @property
    def room(self) -> str:
        """Name the room of the sockets that this token has opened."""
        return f"token:{self.id}"

    def revoke(self) -> None:
        """End it for good, in the caller's transaction."""
        self.revoked_at = now()
        Notice.post(Kind.DISCONNECT, self.room)
