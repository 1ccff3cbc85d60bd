"""A person, or a program that takes part like one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from flask_login import UserMixin
from sqlalchemy import Select, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import find_in_session
from app.direct import DirectStatement, among
from app.errors import Conflict, Forbidden, NotFound
from app.extensions import Base, db
from app.models import audit
from app.models.account_lock import lock_account
from app.models.columns import Key, Line, OptionalTimestamp, Timestamp, now
from app.models.control_event import MODELS_ROOM, ControlEvent, Kind
from app.models.conversation import Conversation, room_of
from app.models.finding import FOR_CHANGE
from app.models.membership import Membership
from app.models.rights import MemberRole
from app.text import NAME_LENGTH

# What <input type="email"> accepts, so that it can be typed into the sign-in page.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ADDRESS = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*", re.ASCII)
ADDRESS_LENGTH = 254
ADMINISTRATORS_ONLY = "Only administrators can do that."
LAST_ADMINISTRATOR = "This is the last administrator. Make somebody else one first."
NOBODY = "There is no such account."
DISABLED = "This account is disabled. Ask the people who run this server."
MOST_LIMITED = 100
TOLD_CONVERSATIONS = 20  # the others show a new name when they are opened


class User(UserMixin, Base):  # type: ignore[misc]  # flask-login has no types
    """An account that can sign in."""

    __tablename__ = "user_account"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_bot: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)
    avatar: Mapped[str | None] = mapped_column(String(32))  # the public id of their picture
    monthly_limit: Mapped[str | None] = mapped_column(String(30))  # None: that of the settings
    created_at: Mapped[Timestamp]
    disabled_at: Mapped[OptionalTimestamp]
    dismissed_banner: Mapped[str | None] = mapped_column(String(32))  # that this person has hidden
    date_language: Mapped[str | None] = mapped_column(String(12))  # None: as the browser
    deleted_at: Mapped[OptionalTimestamp]  # then it is disabled, and says nothing of whose it was

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
    def allow_admin(cls, user_id: int) -> None:
        """Raise Forbidden unless this is an administrator: in the transaction of a change."""
        admin = select(cls.id).where(cls.id == user_id, cls.is_admin, cls.disabled_at.is_(None))
        if db.session.scalar(admin.with_for_update()) is None:
            raise Forbidden(ADMINISTRATORS_ONLY)

    @classmethod
    def locked(cls, user_id: int) -> User:
        """Return an account, and keep every other writer of it out until the commit.

        Raises NotFound where it was deleted since it was looked up: nothing becomes its own then.
        """
        user = db.session.get(cls, user_id, with_for_update=FOR_CHANGE, populate_existing=True)
        if user is None or user.deleted_at:
            raise NotFound(NOBODY)
        return user

    @classmethod
    def lock(cls, user_id: int) -> None:
        """Let no other transaction pass here for this account before the commit; raises NotFound as
        `locked` does."""
        if not lock_account(user_id):
            raise NotFound(NOBODY)

    @classmethod
    def is_administrator(cls, user_id: int) -> bool:
        """Return whether this is an administrator now."""
        admin = select(cls.id).where(cls.id == user_id, cls.is_admin, cls.disabled_at.is_(None))
        return db.session.scalar(admin) is not None

    @classmethod
    def has_administrator(cls) -> bool:
        """Return whether anybody who can sign in is an administrator."""
        admin = select(cls.id).where(cls.is_admin, cls.disabled_at.is_(None)).limit(1)
        return db.session.scalar(admin) is not None

    @classmethod
    def lock_administrators(cls) -> Sequence[int]:
        """Return the keys of the active administrators, and let nobody else make or unmake one of
        them before the commit."""
        admins = select(cls.id).where(cls.is_admin, cls.disabled_at.is_(None)).order_by(cls.id)
        return db.session.scalars(admins.with_for_update()).all()

    def check_not_last_admin(self) -> None:
        """Raise Conflict where this is the only administrator, who has to stay one; in the
        transaction of the change. Of two who resign at the same moment one stays."""
        if self.lock_administrators() == [self.id]:
            raise Conflict(LAST_ADMINISTRATOR)

    @classmethod
    def exists(cls) -> bool:
        """Return whether there is any account."""
        found = select(cls.id).where(cls.deleted_at.is_(None)).limit(1)
        return db.session.scalar(found) is not None

    @classmethod
    def called(cls, name_or_email: str) -> Select[User]:
        """Select the active accounts with this address or, in upper or lower case, this name."""
        if "@" in name_or_email:
            found = cls.with_email(name_or_email)
        else:
            found = select(cls).where(func.lower(cls.name) == func.lower(name_or_email))
        return found.where(cls.disabled_at.is_(None))

    @classmethod
    def limited(cls) -> Sequence[User]:
        """Return those who have a limit of their own, as many as a page shows."""
        found = select(cls).where(cls.monthly_limit.is_not(None)).order_by(cls.name, cls.id)
        return db.session.scalars(found.limit(MOST_LIMITED)).all()

    @classmethod
    def bot(cls, email: str, name: str) -> User:
        """Return a new account for a program: it signs in by token and has no password."""
        return cls(email=email, name=name, password_hash="", is_bot=True)

    def rename(self, name: str) -> None:
        """Give this account another name, and tell the readers of its latest conversations."""
        self.name = name
        self.tell()

    def tell(self) -> None:
        """Tell the readers of this account's latest conversations how it looks."""
        latest = self.conversations_of(self.id).order_by(Conversation.updated_at.desc())
        told = db.session.scalars(latest.limit(TOLD_CONVERSATIONS))
        ControlEvent.post(Kind.DESCRIBE, *(room_of(each.public_id) for each in told))

    def set_admin(self, is_admin: bool) -> None:
        """Make this account an administrator's, or no longer, in the caller's transaction."""
        self.is_admin = is_admin
        audit.record(audit.Kind.ROLE, self.id, f"{'' if is_admin else 'no '}administrator")
        ControlEvent.post(Kind.MODELS, MODELS_ROOM)  # some may be offered to administrators only

    def disable(self) -> None:
        """Disable this account and disconnect its sockets, in the caller's transaction."""
        self.disabled_at = now()
        ControlEvent.post(Kind.DISCONNECT, self.room)
        audit.record(audit.Kind.DISABLED, self.id)

    def erase(self) -> None:
        """Forget whose account this is and disconnect its sockets, in the caller's transaction."""
        audit.record(audit.Kind.DELETED, self.id)
        self.email, self.name, self.password_hash = f"deleted-{self.id}", "", ""
        self.is_admin, self.monthly_limit, self.avatar = False, None, None
        self.date_language = None
        self.deleted_at = now()
        self.disable()

    def enable(self) -> None:
        """Allow this account to sign in again, in the caller's transaction."""
        self.disabled_at = None
        audit.record(audit.Kind.ENABLED, self.id)

    def set_limit(self, limit: str | None) -> None:
        """Give this account another monthly limit, in the caller's transaction."""
        self.monthly_limit = limit
        audit.record(audit.Kind.LIMIT, self.id, limit or "as the settings say")


def user_room(user_id: int) -> str:
    """Return the name of the room of all sockets that an account has opened."""
    return f"user:{user_id}"


def check_enabled(user_id: int) -> None:
    """Raise Forbidden, with a sentence, where this account is disabled, and let nobody disable it
    before the commit."""
    disabled = select(User.disabled_at).where(User.id == user_id)
    if db.session.scalar(disabled.with_for_update(key_share=True)) is not None:
        raise Forbidden(DISABLED)


class Member(NamedTuple):
    """A member of a conversation, who has read up to position `read`; `avatar` is the public id of
    their picture."""

    id: int
    name: str
    role: str
    is_bot: bool
    read: int
    avatar: str | None = None


MEMBERS_AMONG = DirectStatement(
    select(Membership.conversation_id, User.id, User.name, Membership.role, User.is_bot)
    .add_columns(Membership.read_position, User.avatar)
    .join(User, Membership.user_id == User.id)
    .where(among(Membership.conversation_id, "conversations"))
    .order_by(Membership.role != MemberRole.OWNER, Membership.id)
)


def members_of(conversation_ids: Collection[int]) -> dict[int, list[Member]]:
    """Return the members of each conversation, the owner first, by conversation key."""
    keys = list(conversation_ids)
    found = find_in_session(MEMBERS_AMONG, {"conversations": keys})
    members: dict[int, list[Member]] = {key: [] for key in keys}
    for key, *about in found:
        members[key].append(Member(*about))
    return members


def valid_email(text: str) -> str | None:
    """Return an address in its stored form; None if the sign-in page would not accept it.

    No mail is sent to it before somebody asks for that, so `max@localhost` is valid.
    """
    email = normalized(text)
    return email if ADDRESS.fullmatch(email) and len(email) <= ADDRESS_LENGTH else None


def normalized(email: str) -> str:
    """Return the form in which an address is stored and compared."""
    return email.strip().lower()
