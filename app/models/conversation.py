"""A conversation: its members ask, a model answers, and all of them read along."""

from __future__ import annotations

from sqlalchemy import String, delete, exists, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.errors import Invalid
from app.extensions import Base, db
from app.models.columns import Key, Line, PublicId, Timestamp
from app.models.control_event import ControlEvent, Kind
from app.models.membership import Membership
from app.models.search_text import index_title
from app.text import TITLE_LENGTH

MAX_MEMBERS = 100  # each list and each join reads all of them
TOO_MANY_MEMBERS = f"A conversation can have {MAX_MEMBERS} members. Remove one first."
UNTITLED = "New conversation"
ROOM = "conversation:"


def room_of(public_id: str) -> str:
    """Return the name of the room of a conversation's readers."""
    return ROOM + public_id


def conversation_in(room: str) -> str:
    """Return the public id of the conversation that a room belongs to."""
    return room.removeprefix(ROOM)


class Conversation(Base):
    """`position` grows with every message and is never used twice; `revision` grows when messages
    are removed. Together they tell a reader whether it has missed anything."""

    __tablename__ = "conversation"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(Line(TITLE_LENGTH), default=UNTITLED)
    model: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Timestamp]
    updated_at: Mapped[Timestamp]

    @classmethod
    def by_public_id(cls, public_id: str) -> Conversation | None:
        """Return the conversation with this id, whoever may see it."""
        return db.session.scalar(select(cls).where(cls.public_id == public_id))

    @classmethod
    def start(cls, owner_id: int, title: str | None, model: str) -> Conversation:
        """Start a conversation, in the caller's transaction."""
        conversation = cls(title=title or UNTITLED, model=model)
        db.session.add(conversation)
        db.session.flush()
        index_title(conversation.id, conversation.title)
        conversation.add_member(owner_id, is_owner=True)
        return conversation

    @classmethod
    def unused_by(cls, owner_id: int, model: str) -> Conversation | None:
        """Return the newest conversation that somebody has started with a model and not used yet.

        It has never had a message, has no title and no other member.
        """
        other = aliased(Membership)
        shared = exists().where(other.conversation_id == cls.id, other.user_id != owner_id)
        return db.session.scalar(
            select(cls)
            .join(Membership, Membership.conversation_id == cls.id)
            .where(Membership.user_id == owner_id, Membership.is_owner, ~shared)
            .where(cls.position == 0, cls.title == UNTITLED, cls.model == model)
            .order_by(cls.id.desc())
            .limit(1)
        )

    @property
    def room(self) -> str:
        """Return the name of the room of its readers."""
        return room_of(self.public_id)

    def lock(self) -> Conversation:
        """Keep every other writer of this conversation out until the commit."""
        db.session.refresh(self, with_for_update=True)
        return self

    def has_member(self, user_id: int) -> bool:
        """Return whether a user may read and write in it."""
        return Membership.exists(self.id, user_id)

    def add_member(self, user_id: int, *, is_owner: bool = False) -> None:
        """Make a user a member, in the caller's transaction.

        Raises Invalid where there are as many as a conversation may have.
        """
        if not is_owner and Membership.count(self.id) >= MAX_MEMBERS:
            raise Invalid(TOO_MANY_MEMBERS)
        db.session.add(Membership(conversation_id=self.id, user_id=user_id, is_owner=is_owner))
        ControlEvent.post(Kind.DESCRIBE, self.room)

    def remove_member(self, user_id: int) -> None:
        """End a membership, in the caller's transaction: all readers join again, one is refused."""
        db.session.execute(
            delete(Membership).where(
                Membership.conversation_id == self.id, Membership.user_id == user_id
            )
        )
        ControlEvent.post(Kind.REJOIN, self.room)
        ControlEvent.post(Kind.DESCRIBE, self.room)
