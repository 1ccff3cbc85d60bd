"""Links that let whoever has one do one thing: join a conversation, make an account, or choose a
new password."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Select, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid, NotFound
from app.extensions import Base, db
from app.models import audit
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, Timestamp, UtcDateTime, now
from app.models.conversation import Conversation
from app.models.credential import digest, new_secret
from app.models.rights import MemberRole

PREFIX = "midstream_link_"
MAX_LINKS = 20  # of one conversation
MAX_USES = 100
RESET_LIFETIME = REGISTER_LIFETIME = FIRST_LIFETIME = timedelta(days=1)
REMEMBERED = timedelta(days=7)  # for so long an expired one is kept
NOT_VALID = (
    "This link can't be used any more: it has expired, was revoked, or has been used by as many "
    "people as it was for. Ask whoever sent it for another one."
)
TOO_MANY_LINKS = f"A conversation can have {MAX_LINKS} links. Revoke one first."
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that look like others
CODE_LENGTH = 16
CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")


class Purpose(StrEnum):
    """What a link lets its holder do."""

    JOIN = "join"  # a conversation, with a role
    REGISTER = "register"  # make an account; with `email`, for this address alone
    FIRST = "first"  # make an administrator's account, as long as there is no administrator
    RESET = "reset"  # choose a new password for a user


class Link(Base):
    """One link; of its secret only the hash is stored."""

    __tablename__ = "link"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    purpose: Mapped[str] = mapped_column(String(10))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str | None] = mapped_column(String(10))
    email: Mapped[str | None] = mapped_column(String(254))
    max_uses: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Timestamp]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[OptionalTimestamp]

    @classmethod
    def create(cls, purpose: Purpose, lifetime: timedelta, **fields: object) -> str:
        """Make a link in the caller's transaction, and return its secret; only a hash is stored.

        That of a FIRST link is a code, which can be typed.
        """
        db.session.execute(delete(cls).where(cls.expires_at < now() - REMEMBERED))
        secret = _new_code() if purpose == Purpose.FIRST else new_secret(PREFIX)
        secret_hash, expires_at = digest(_as_stored(secret)), now() + lifetime
        row = cls(purpose=purpose, secret_hash=secret_hash, expires_at=expires_at, **fields)
        db.session.add(row)
        row._record(audit.Kind.LINK_MADE)
        return secret

    @classmethod
    def by_secret(cls, secret: str, *purposes: Purpose) -> Link:
        """Return the link with this secret, which may be any text that was received.

        Raises NotFound where there is none for one of these purposes that can still be used.
        """
        found = cls._valid().where(cls.secret_hash == digest(_as_stored(secret)))
        link = db.session.scalar(found.where(cls.purpose.in_(purposes)))
        if link is None:
            raise NotFound(NOT_VALID)
        return link

    @classmethod
    def into(cls, conversation_id: int) -> Select[Link]:
        """Select the links into a conversation that can still be used, the oldest first."""
        return cls._valid().where(cls.conversation_id == conversation_id).order_by(cls.id)

    @classmethod
    def create_into(
        cls, conversation: Conversation, role: MemberRole, lifetime: timedelta, max_uses: int
    ) -> str:
        """Make a link with which people join a conversation; raises Invalid where it has as many
        as it may have."""
        links = cls.into(conversation.id).with_only_columns(cls.id).order_by(None).subquery()
        if (db.session.scalar(select(func.count()).select_from(links)) or 0) >= MAX_LINKS:
            raise Invalid(TOO_MANY_LINKS)
        about = {"conversation_id": conversation.id, "role": role, "max_uses": max_uses}
        return cls.create(Purpose.JOIN, lifetime, **about)

    @classmethod
    def revoke_resets(cls, user_id: int) -> None:
        """End what could still change a user's password, in the caller's transaction."""
        theirs = (cls.user_id == user_id) & (cls.purpose == Purpose.RESET)
        db.session.execute(update(cls).where(theirs).values(revoked_at=now()))

    @classmethod
    def lock_first(cls) -> None:
        """Let nobody else use a first link before the commit."""
        first = select(cls.id).where(cls.purpose == Purpose.FIRST).order_by(cls.id)
        db.session.execute(first.with_for_update()).all()

    def use(self) -> None:
        """Count one more use, in the caller's transaction; raises Conflict if it was the last
        one's turn already. Of many at the same moment no more win than are allowed."""
        left = update(Link).where(Link.id == self.id, *_can_be_used())
        used = left.values(uses=Link.uses + 1).returning(Link.id)
        if db.session.scalar(used) is None:
            raise Conflict(NOT_VALID)
        self._record(audit.Kind.LINK_USED)

    def revoke(self) -> None:
        """Let nobody use it any more, in the caller's transaction."""
        self.revoked_at = now()
        self._record(audit.Kind.LINK_REVOKED)

    def _record(self, kind: audit.Kind) -> None:
        """Add to the log what happens to it: what it is for, and into which conversation."""
        number = "" if self.conversation_id is None else f" conversation {self.conversation_id}"
        audit.record(kind, self.user_id, f"{self.purpose}{number}")

    @classmethod
    def _valid(cls) -> Select[Link]:
        return select(cls).where(*_can_be_used())


def address_of(secret: str, base: str) -> str:
    """Return the address of a link on a server. Its secret is the fragment, which browsers send to
    no server: so it is in no log, and in no Referer."""
    return f"{base}/link#{secret}"


def join_by_link(secret: str, user_id: int) -> str:
    """Make a user a member by a link, in the caller's transaction; return the conversation's id.

    A member already stays as it is, and uses nothing up. Raises NotFound, Conflict and Invalid.
    """
    link = Link.by_secret(secret, Purpose.JOIN)
    conversation = conversation_of(link)
    if conversation.lock().deleted_at:  # at the same moment
        raise NotFound(NOT_VALID)
    if not conversation.has_member(user_id):
        link.use()
        conversation.add_member(user_id, MemberRole(link.role or MemberRole.READER))
    return conversation.public_id


def conversation_of(link: Link) -> Conversation:
    """Return the conversation that a link leads to; NotFound if it was deleted."""
    conversation = db.session.get(Conversation, link.conversation_id)
    if conversation is None or conversation.deleted_at:
        raise NotFound(NOT_VALID)
    return conversation


def _can_be_used() -> tuple[ColumnElement[bool], ...]:
    return (Link.revoked_at.is_(None), Link.expires_at > now(), Link.uses < Link.max_uses)


def _new_code() -> str:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def _as_stored(secret: str) -> str:
    """Return a code without what people add or change when they type it."""
    code = re.sub(r"[\s-]", "", secret).upper()
    return code if CODE.fullmatch(code) else secret.strip()
