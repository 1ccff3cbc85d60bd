"""A person, or a program that takes part like one."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from flask_login import UserMixin
from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import Key, Line, OptionalTimestamp, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.conversation import Conversation, room_of
from app.models.membership import Membership
from app.text import NAME_LENGTH

TOLD_CONVERSATIONS = 20  # the others show a new name when they are opened


class User(UserMixin, Base):  # type: ignore[misc]  # flask-login has no types
    """An account that can sign in."""

    __tablename__ = "user_account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_bot: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]
    disabled_at: Mapped[OptionalTimestamp]

    @property
    def is_active(self) -> bool:
        """Return whether this account may sign in."""
        return self.disabled_at is None

    @property
    def room(self) -> str:
        """Return the name of the room of all sockets that this account has opened."""
        return user_room(self.id)

    @classmethod
    def by_email(cls, email: str) -> User | None:
        """Return the account with this address, in upper or lower case."""
        if "\0" in email:
            return None  # PostgreSQL rejects such a query
        return db.session.scalar(cls.with_email(email))

    @classmethod
    def with_email(cls, email: str) -> Select[User]:
        """Select the account with this address."""
        return select(cls).where(cls.email == normalized(email))

    @staticmethod
    def conversations_of(user_id: int) -> Select[Conversation]:
        """Select the conversations of an account that were not deleted."""
        return (
            select(Conversation)
            .join(Membership, Membership.conversation_id == Conversation.id)
            .where(Membership.user_id == user_id, Conversation.deleted_at.is_(None))
        )

    @classmethod
    def name_of(cls, user_id: int) -> str:
        """Return the name of an account."""
        return db.session.scalars(select(cls.name).where(cls.id == user_id)).one()

    @classmethod
    def bot(cls, email: str, name: str) -> User:
        """Return a new account for a program: it signs in by token and has no password."""
        return cls(email=email, name=name, password_hash="", is_bot=True)

    def rename(self, name: str) -> None:
        """Give this account another name, and tell the readers of its latest conversations."""
        self.name = name
        latest = self.conversations_of(self.id).order_by(Conversation.updated_at.desc())
        told = db.session.scalars(latest.limit(TOLD_CONVERSATIONS))
        ControlEvent.post(Kind.DESCRIBE, *(room_of(each.public_id) for each in told))

    def disable(self) -> None:
        """Disable this account and disconnect its sockets, in the caller's transaction."""
        self.disabled_at = now()
        ControlEvent.post(Kind.DISCONNECT, self.room)

    def enable(self) -> None:
        """Allow this account to sign in again, in the caller's transaction."""
        self.disabled_at = None


def user_room(user_id: int) -> str:
    """Return the name of the room of all sockets that an account has opened."""
    return f"user:{user_id}"


class Member(NamedTuple):
    """A member of a conversation."""

    id: int
    name: str


def members_of(conversation_ids: Collection[int]) -> dict[int, list[Member]]:
    """Return the members of each conversation, the owner first, by conversation key."""
    found = db.session.execute(
        select(Membership.conversation_id, User.id, User.name)
        .join(User, Membership.user_id == User.id)
        .where(Membership.conversation_id.in_(conversation_ids))
        .order_by(Membership.id)
    )
    members: dict[int, list[Member]] = {key: [] for key in conversation_ids}
    for key, user_id, name in found:
        members[key].append(Member(user_id, name))
    return members


def normalized(email: str) -> str:
    """Return the form in which an address is stored and compared."""
    return email.strip().lower()
