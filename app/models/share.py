"""Links with which strangers read a conversation, or one answer, without an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    String,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import find_first
from app.direct import DirectStatement
from app.errors import Conflict, Invalid
from app.extensions import Base, db
from app.models import audit
from app.models.columns import NEVER_REUSED, Key, OptionalTimestamp, PublicId, Timestamp, now
from app.models.control_event import ControlEvent, Kind
from app.models.conversation import Conversation
from app.models.credential import digest, new_secret
from app.models.message import Message, Role
from app.models.user import User
from app.models.versions import first_version

PREFIX = "midstream_share_"
MAX_SHARES = 50  # of one conversation
TOO_MANY = f"A conversation can have {MAX_SHARES} share links. Revoke one first."
NO_ANSWER = "There is no such answer in this conversation any more."
ENDED_LIFETIME = timedelta(days=30)  # for so long one that has ended is kept


class FoundShare(NamedTuple):
    """A share link that can be used, read without the ORM: many may be opened at once."""

    id: int
    public_id: str  # by which its readers know what they read
    conversation_id: int
    conversation: str  # its public id, which its readers don't get
    answer_id: int | None  # of the first version of the answer; None: the whole conversation
    shows_names: bool
    expires_at: datetime | None

    @property
    def room(self) -> str:
        """Return the name of the room of the sockets that it has opened."""
        return share_room(self.id)

    @property
    def view_room(self) -> str:
        """Return the name of the room of those that have joined: they get what it shows."""
        return f"shared:{self.id}"


class Made(NamedTuple):
    """A share link in a list: the id of its conversation, and the name of who has made it; None
    where that account is gone."""

    share: Share
    conversation: str
    maker: str | None


class Share(Base):
    """One link; of its secret only the hash is stored. `expires_at` is empty: until revoked."""

    __tablename__ = "share"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    # of a message of the same conversation, which is deleted with it
    answer_id: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    shows_names: Mapped[bool] = mapped_column(default=False)
    opened: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Timestamp]
    expires_at: Mapped[OptionalTimestamp]
    revoked_at: Mapped[OptionalTimestamp]

    @classmethod
    def create(
        cls,
        conversation: Conversation,
        user_id: int,
        lifetime: timedelta | None,
        *,
        answer: str | None = None,
        shows_names: bool = False,
    ) -> str:
        """Make a link to a conversation, or to the answer with this public id, in the caller's
        transaction; return its secret, of which only a hash is stored.

        Raises Invalid where there are as many as there may be, and Conflict where the answer is
        gone.
        """
        cls._remove_ended(conversation.id)
        if cls._count(conversation.id) >= MAX_SHARES:
            raise Invalid(TOO_MANY)
        secret = new_secret(PREFIX)
        row = cls(
            secret_hash=digest(secret),
            conversation_id=conversation.id,
            answer_id=None if answer is None else _first_version(conversation, answer),
            user_id=user_id,
            shows_names=shows_names,
            expires_at=None if lifetime is None else now() + lifetime,
        )
        db.session.add(row)
        audit.record(audit.Kind.SHARE_MADE, detail=conversation.public_id)
        return secret

    @classmethod
    def find(cls, secret: str) -> FoundShare | None:
        """Return the link with this secret, which may be any text that was received."""
        return _found(find_first(BY_SECRET, {"hash": digest(secret)}))

    @classmethod
    def is_usable(cls, share: FoundShare) -> bool:
        """Return whether a link can still be used, in the caller's transaction."""
        return db.session.scalar(select(cls.id).where(cls.id == share.id, *_usable())) is not None

    @classmethod
    def usable(cls, conversation_id: int | None = None) -> Select[Share]:
        """Select the links that can be used, of one conversation or of all, the oldest first."""
        found = select(cls).where(*_usable()).order_by(cls.id)
        if conversation_id is None:
            return found
        return found.where(cls.conversation_id == conversation_id)

    @classmethod
    def listed(cls, conversation_id: int | None = None) -> list[Made]:
        """Return these links with who has made them."""
        found = cls.usable(conversation_id).add_columns(Conversation.public_id, User.name)
        found = found.join(Conversation, Conversation.id == cls.conversation_id)
        rows = db.session.execute(found.outerjoin(User, User.id == cls.user_id))
        return [Made(*row) for row in rows]

    @classmethod
    def count_opened(cls, counts: dict[int, int]) -> None:
        """Add how often links, by key, were opened, in the caller's transaction."""
        for key, count in sorted(counts.items()):
            db.session.execute(update(cls).where(cls.id == key).values(opened=cls.opened + count))

    def revoke(self) -> None:
        """Let nobody use it any more, in the caller's transaction; its readers are cut off."""
        self.revoked_at = now()
        ControlEvent.post(Kind.DISCONNECT, share_room(self.id))
        audit.record(audit.Kind.SHARE_REVOKED, detail=f"link {self.id}")

    @classmethod
    def _count(cls, conversation_id: int) -> int:
        found = cls.usable(conversation_id).with_only_columns(cls.id).order_by(None).subquery()
        return db.session.scalar(select(func.count()).select_from(found)) or 0

    @classmethod
    def _remove_ended(cls, conversation_id: int) -> None:
        before = now() - ENDED_LIFETIME
        ended = or_(cls.revoked_at < before, cls.expires_at < before)
        db.session.execute(delete(cls).where(cls.conversation_id == conversation_id, ended))


def share_room(share_id: int) -> str:
    """Return the name of the room of the sockets that a share link has opened."""
    return f"share:{share_id}"


def shown_answer(share: FoundShare) -> list[Message]:
    """Return the question and the version of its answer that are shown; [] where none is.

    For a link to one answer, in the caller's transaction.
    """
    version = or_(Message.id == share.answer_id, Message.version_of == share.answer_id)
    here = (Message.conversation_id == share.conversation_id) & Message.is_shown()
    answer = db.session.scalar(select(Message).where(here, version))
    if answer is None:
        return []
    return [db.session.get_one(Message, answer.question_id), answer]


def address_of(secret: str, base: str) -> str:
    """Return the address of a share link on a server.

    Its secret is in the path: the page must open without scripts, and for everybody who gets it.
    """
    return f"{base}/share/{secret}"


def _first_version(conversation: Conversation, public_id: str) -> int:
    here = Message.of(conversation).where(Message.public_id == public_id)
    answer = db.session.scalar(here.where(Message.role == Role.ASSISTANT))
    if answer is None:
        raise Conflict(NO_ANSWER)
    return first_version(answer)


def _usable() -> tuple[ColumnElement[bool], ...]:
    """Select links that can be used, but for the deletion of their conversation."""
    return (Share.revoked_at.is_(None), or_(Share.expires_at.is_(None), Share.expires_at > now()))


def _found(row: Any | None) -> FoundShare | None:
    if row is None or row.revoked_at or row.deleted_at:
        return None
    if row.expires_at and row.expires_at <= now():
        return None
    return FoundShare(*row[: len(FoundShare._fields)])


SHARES, CONVERSATIONS = Share.__table__.c, Conversation.__table__.c
BY_SECRET = DirectStatement(
    select(SHARES.id, SHARES.public_id, SHARES.conversation_id)
    .add_columns(CONVERSATIONS.public_id.label("conversation"))
    .add_columns(SHARES.answer_id, SHARES.shows_names, SHARES.expires_at)
    .add_columns(SHARES.revoked_at, CONVERSATIONS.deleted_at)
    .join_from(Share.__table__, Conversation.__table__)
    .where(SHARES.secret_hash == bindparam("hash"))
)
