"""Who may read and write in a conversation, and how each member lists it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, select, text, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.account_lock import lock_account
from app.models.columns import Key, Timestamp
from app.models.finding import find_row
from app.models.rights import MemberRole

MAX_PINNED = 50  # of one member: a list shows all of them, on its first page
LIST_ROOM = "list:"
OWNER = text("role = 'owner'")


def list_room(user_id: int) -> str:
    """Return the name of the room of the sockets that follow a user's list."""
    return f"{LIST_ROOM}{user_id}"


def listed_by(room: str) -> int | None:
    """Return the key of the user whose list a room follows; None for any other room."""
    return int(room.removeprefix(LIST_ROOM)) if room.startswith(LIST_ROOM) else None


def unlisting_room(user_id: int, public_id: str) -> str:
    """Return where a control event says that a user's list has lost a conversation."""
    return f"{list_room(user_id)}/{public_id}"


def unlisted_in(room: str) -> tuple[int, str]:
    """Return the user's key and the conversation's public id of an `unlisting_room`."""
    user_id, public_id = room.removeprefix(LIST_ROOM).split("/")
    return int(user_id), public_id


class Membership(Base):
    """One person in one conversation, with a role; one of them owns it.

    `version` grows with every change of what only this member's list shows: pinned, archived, muted
    (it tells them of nothing), and `read_position`, the position up to which they have read.
    """

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("conversation_id", "user_id"),
        Index(
            "one_owner_per_conversation",
            "conversation_id",
            unique=True,
            sqlite_where=OWNER,
            postgresql_where=OWNER,
        ),
    )

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str] = mapped_column(String(10), default=MemberRole.MEMBER)
    pinned: Mapped[bool] = mapped_column(default=False)
    archived: Mapped[bool] = mapped_column(default=False)
    muted: Mapped[bool] = mapped_column(default=False)
    read_position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Timestamp]

    @hybrid_property
    def is_owner(self) -> bool:
        """Return whether the conversation is this member's."""
        return self.role == MemberRole.OWNER

    @classmethod
    def exists(cls, conversation_id: int, user_id: int) -> bool:
        """Return whether a user is a member of a conversation."""
        found = select(cls.id).filter_by(conversation_id=conversation_id, user_id=user_id)
        return db.session.scalar(found) is not None

    @classmethod
    def count(cls, conversation_id: int) -> int:
        """Return how many members a conversation has."""
        found = select(func.count()).where(cls.conversation_id == conversation_id)
        return db.session.scalar(found) or 0

    @classmethod
    def find(cls, conversation_id: int, user_id: int) -> Membership | None:
        """Return a user's membership in a conversation."""
        found = select(cls).filter_by(conversation_id=conversation_id, user_id=user_id)
        return db.session.scalar(found)

    @classmethod
    def count_pinned(cls, user_id: int) -> int:
        """Return how many conversations a user has pinned; in another tab they pin no other one
        before the commit."""
        lock_account(user_id)
        return (
            db.session.scalar(select(func.count()).where(cls.user_id == user_id, cls.pinned)) or 0
        )

    @classmethod
    def mark_read(cls, conversation_id: int, user_id: int, position: int) -> bool:
        """Store that a member has read up to a position; returns whether that is further."""
        further = (
            update(cls)
            .where(cls.conversation_id == conversation_id, cls.user_id == user_id)
            .where(cls.read_position < position)
            .values(read_position=position, version=cls.version + 1)
            .returning(cls.id)
        )
        return db.session.scalar(further) is not None

    @classmethod
    def keep_read(cls, conversation_id: int, before: int, position: int) -> None:
        """Store that whoever has read up to `before`, which was the end, has read to the end.

        In the caller's transaction; what comes up to `position` is nothing new.
        """
        readers = (cls.conversation_id == conversation_id) & (cls.read_position >= before)
        values = {"read_position": position, "version": cls.version + 1}
        db.session.execute(update(cls).where(readers).values(values))

    def lock(self) -> Membership:
        """Keep every other writer of this membership out until the commit; NotFound where it has
        ended since it was looked up."""
        return find_row(Membership, self.id, with_for_update=True, populate_existing=True)
