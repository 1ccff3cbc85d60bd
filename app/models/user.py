"""A person, or a program that takes part like one."""

from __future__ import annotations

from flask_login import UserMixin
from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import Key, MaybeMoment, Moment, now
from app.models.control_event import Kind, Notice
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.text import NAME_LENGTH


class User(UserMixin, Base):  # type: ignore[misc]  # flask-login has no types
    """Somebody who can sign in."""

    __tablename__ = "user_account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_bot: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    disabled_at: Mapped[MaybeMoment]

    conversations: WriteOnlyMapped[Conversation] = relationship(
        secondary=Membership.__table__, viewonly=True
    )

    @property
    def is_active(self) -> bool:
        """Say whether this person may still sign in."""
        return self.disabled_at is None

    @property
    def room(self) -> str:
        """Name the room of all sockets that this person has opened."""
        return f"user:{self.id}"

    @classmethod
    def by_email(cls, email: str) -> User | None:
        """Return who has this address, however it is capitalized."""
        if "\0" in email:
            return None  # PostgreSQL can't even be asked
        return db.session.scalar(cls.with_email(email))

    @classmethod
    def with_email(cls, email: str) -> Select[User]:
        """Select whoever has this address."""
        return select(cls).where(cls.email == normalized(email))

    @classmethod
    def bot(cls, email: str, name: str) -> User:
        """Return a new program that takes part by its token alone: it has no password."""
        return cls(email=email, name=name, password_hash="", is_bot=True)

    def disable(self) -> None:
        """Let this person in nowhere any more, in the caller's transaction."""
        self.disabled_at = now()
        Notice.post(Kind.DISCONNECT, self.room)

    def enable(self) -> None:
        """Let this person in again, in the caller's transaction."""
        self.disabled_at = None


def normalized(email: str) -> str:
    """Return the one form in which an address is stored and compared."""
    return email.strip().lower()
