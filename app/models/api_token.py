"""API tokens: how programs sign in."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, Select, String, bindparam, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import find_first
from app.direct import DirectStatement
from app.errors import Invalid
from app.extensions import Base, db
from app.models import audit
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.credential import Credential, FoundCredential, digest, is_valid, new_secret
from app.models.user import User
from app.text import NAME_LENGTH

PREFIX = "midstream_"
MAX_TOKENS = 100  # of one user; and as many that were revoked are remembered
EXPIRED_LIFETIME = timedelta(days=90)  # for so long an expired one is listed
TOO_MANY_TOKENS = f"A user can have {MAX_TOKENS} API tokens. Revoke one first."


class ApiToken(Credential, Base):
    """A secret with which one program signs in as its user."""

    __tablename__ = "api_token"
    kind = "token"
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
    created_at: Mapped[Timestamp]
    last_used_at: Mapped[OptionalTimestamp]
    expires_at: Mapped[OptionalTimestamp]
    revoked_at: Mapped[OptionalTimestamp]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def create(cls, user: User, name: str, expires_at: datetime | None = None) -> str:
        """Make a token in the caller's transaction and return it; only its hash is stored.

        Raises Invalid where the user has as many as a user may have, and NotFound where that
        account was deleted meanwhile.
        """
        User.lock(user.id)
        cls._delete_old(user.id)
        live = cls.unrevoked(user.id).with_only_columns(cls.id).order_by(None).subquery()
        if (db.session.scalar(select(func.count()).select_from(live)) or 0) >= MAX_TOKENS:
            raise Invalid(TOO_MANY_TOKENS)
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
        audit.record(audit.Kind.TOKEN_MADE, user.id, name)
        return token

    @classmethod
    def by_token(cls, token: str) -> ApiToken | None:
        """Return the row of `token`, if it is valid."""
        found = db.session.scalar(select(cls).where(cls.token_hash == digest(token)))
        return found if found and found.is_valid else None

    @classmethod
    def find(cls, token: str) -> FoundCredential | None:
        """Return what a socket needs of `token`, if it is valid."""
        found = find_first(FIND, {"hash": digest(token)})
        if found is None or not is_valid(found.revoked_at, found.expires_at, found.disabled_at):
            return None
        return FoundCredential(cls, found.id, found.user_id, found.expires_at, found.last_used_at)

    @classmethod
    def unrevoked(cls, user_id: int, name: str | None = None) -> Select[ApiToken]:
        """Select a user's tokens that are not revoked, the oldest first; with `name` only that
        one."""
        mine = select(cls).where(cls.user_id == user_id, cls.revoked_at.is_(None))
        return (mine if name is None else mine.where(cls.name == name)).order_by(cls.id)

    @classmethod
    def _delete_old(cls, user_id: int) -> None:
        """Delete what nobody can use any more, so that no list grows for ever."""
        revoked = (
            select(cls.id)
            .where(cls.user_id == user_id, cls.revoked_at.is_not(None))
            .order_by(cls.revoked_at.desc(), cls.id.desc())
            .offset(MAX_TOKENS)
        )
        old = (cls.expires_at < now() - EXPIRED_LIFETIME) | cls.id.in_(revoked)
        db.session.execute(delete(cls).where(cls.user_id == user_id, old))

    @property
    def is_valid(self) -> bool:
        """Return whether it is neither revoked nor expired, and its user is not disabled."""
        return is_valid(self.revoked_at, self.expires_at, self.user.disabled_at)

    def revoke(self) -> None:
        """Revoke it, in the caller's transaction."""
        self.revoked_at = now()
        ControlEvent.post(Kind.DISCONNECT, self.room)
        audit.record(audit.Kind.TOKEN_REVOKED, self.user_id, self.name)


TOKENS, USERS = ApiToken.__table__.c, User.__table__.c
FIND = DirectStatement(
    select(TOKENS.id, TOKENS.user_id, TOKENS.expires_at, TOKENS.revoked_at, TOKENS.last_used_at)
    .add_columns(USERS.disabled_at)
    .join_from(ApiToken.__table__, User.__table__)
    .where(TOKENS.token_hash == bindparam("hash"))
)
