"""Which accounts are somebody's at a provider of OpenID Connect."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.config import ISSUER_LENGTH
from app.errors import Conflict
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, now
from app.models.user import User

SUBJECT_LENGTH = 255  # OpenID Connect Core 1.0, section 2
CONNECTED = "This account of the provider is connected with another account here."


class OpenIdIdentity(Base):
    """Whoever the issuer calls so is this person. Mail addresses change hands; this does not."""

    __tablename__ = "openid_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), NEVER_REUSED)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(ISSUER_LENGTH))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    created_at: Mapped[Timestamp]
    last_used_at: Mapped[OptionalTimestamp]

    @classmethod
    def find(cls, issuer: str, subject: str) -> OpenIdIdentity | None:
        """Return whom an issuer calls so."""
        return db.session.scalar(select(cls).filter_by(issuer=issuer, subject=subject))

    @classmethod
    def all_of(cls, user_id: int) -> Sequence[OpenIdIdentity]:
        """Return somebody's, the oldest first."""
        return db.session.scalars(select(cls).filter_by(user_id=user_id).order_by(cls.id)).all()

    @classmethod
    def connect(cls, user_id: int, issuer: str, subject: str) -> None:
        """Note that this is somebody's, in the caller's transaction. Raises Conflict where it is
        somebody else's, and NotFound where the account was deleted meanwhile."""
        User.lock(user_id)
        found = cls.find(issuer, subject)
        if found is None:
            about = {"issuer": issuer, "subject": subject, "last_used_at": now()}
            db.session.add(cls(user_id=user_id, **about))
        elif found.user_id != user_id:
            raise Conflict(CONNECTED)

    @classmethod
    def disconnect(cls, user_id: int, key: int) -> bool:
        """Remove one of somebody's, in the caller's transaction; return whether there was one."""
        gone = delete(cls).where(cls.user_id == user_id, cls.id == key).returning(cls.id)
        return db.session.scalar(gone) is not None
