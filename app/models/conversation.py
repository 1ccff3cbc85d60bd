"""A conversation: its members ask, a model answers, all of them read along."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import Key, Moment, PublicId, now
from app.models.control_event import Kind, Notice
from app.models.membership import Membership
from app.models.message import Message, Role, Status, size_of
from app.text import TITLE_LENGTH

UNTITLED = "New conversation"

ROOM = "conversation:"


def room_of(public_id: str) -> str:
    """Name the room of the sockets that read a conversation along."""
    return ROOM + public_id


def conversation_in(room: str) -> str:
    """Return the id of the conversation that is read in a room."""
    return room.removeprefix(ROOM)


class Conversation(Base):
    """Positions grow with every message and are never used twice; `revision` grows when
    messages are removed. Together they tell a reader whether it has missed anything."""

    __tablename__ = "conversation"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default=UNTITLED)
    model: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    @classmethod
    def by_public_id(cls, public_id: str) -> Conversation | None:
        """Return the conversation of this id, whoever may see it."""
        return db.session.scalar(select(cls).where(cls.public_id == public_id))

    @property
    def room(self) -> str:
        """Name the room of the sockets that read along."""
        return room_of(self.public_id)

    @property
    def member_names(self) -> Sequence[str]:
        """Return the members' display names, the owner first."""
        user = db.metadata.tables["user_account"]
        return db.session.scalars(
            select(user.c.name)
            .join(Membership, Membership.user_id == user.c.id)
            .where(Membership.conversation_id == self.id)
            .order_by(Membership.id)
        ).all()

    @property
    def member_ids(self) -> frozenset[int]:
        """Return the keys of the users who may read."""
        found = select(Membership.user_id).where(Membership.conversation_id == self.id)
        return frozenset(db.session.scalars(found))

    def has_member(self, user_id: int) -> bool:
        """Say whether somebody may read."""
        return user_id in self.member_ids

    @property
    def streaming(self) -> Message | None:
        """Return the answer that is being written."""
        return db.session.scalar(self.messages().where(Message.status == Status.STREAMING))

    @property
    def last_answer(self) -> Message | None:
        """Return the newest answer."""
        answers = self.messages().where(Message.role == Role.ASSISTANT)
        return db.session.scalar(answers.order_by(Message.position.desc()).limit(1))

    @property
    def last_question(self) -> Message | None:
        """Return the newest question."""
        questions = self.messages().where(Message.role == Role.USER)
        return db.session.scalar(questions.order_by(Message.position.desc()).limit(1))

    @property
    def first_waiting(self) -> Message | None:
        """Return the question whose turn to be answered is next."""
        waiting = self.messages().where(Message.waiting)
        return db.session.scalar(waiting.order_by(Message.position).limit(1))

    def messages(self) -> Select[Message]:
        """Select this conversation's messages."""
        return select(Message).where(Message.conversation_id == self.id)

    def lock(self) -> Conversation:
        """Keep every other writer of this conversation out until the commit."""
        db.session.refresh(self, with_for_update=True)
        return self

    def add(self, role: Role, content: str = "", **fields: object) -> Message:
        """Add a message at the next position, in the caller's transaction."""
        self.position += 1
        self.updated_at = now()
        message = Message(
            conversation_id=self.id,
            position=self.position,
            role=role,
            content=content,
            size=size_of(content),
            **fields,
        )
        db.session.add(message)
        db.session.flush()
        return message

    def remove(self, messages: Sequence[Message]) -> None:
        """Remove messages for every reader, in the caller's transaction."""
        self.revision += 1
        ids = [message.id for message in messages]
        db.session.execute(delete(Message).where(Message.id.in_(ids)))

    def admit(self, user_id: int, *, is_owner: bool = False) -> None:
        """Make somebody a member, in the caller's transaction."""
        db.session.add(Membership(conversation_id=self.id, user_id=user_id, is_owner=is_owner))
        Notice.post(Kind.DESCRIBE, self.room)

    def dismiss(self, user_id: int) -> None:
        """End a membership, in the caller's transaction: all rejoin, and one is refused."""
        db.session.execute(
            delete(Membership).where(
                Membership.conversation_id == self.id, Membership.user_id == user_id
            )
        )
        Notice.post(Kind.REJOIN, self.room)
        Notice.post(Kind.DESCRIBE, self.room)
