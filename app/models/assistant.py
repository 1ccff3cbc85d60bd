"""Assistants: a model with a system prompt and parameters, under a name, to begin with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, ForeignKey, Row, Select, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Invalid, NotFound
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Line, PublicId, Timestamp, is_public_id
from app.models.conversation import Conversation
from app.models.user import User
from app.text import NAME_LENGTH

MAX_ASSISTANTS = 50  # of one person
MAX_LISTED = 200
PICTURE_LENGTH = 16  # code points: one emoji may have ten
TOO_MANY = f"You can have {MAX_ASSISTANTS} assistants. Delete one first."
GONE = "There is no such assistant any more."


class Assistant(Base):
    """Somebody's own or, where it is `shared`, there for everybody; only its owner changes it.

    A conversation that is begun with it has a copy of what it says, and keeps that.
    """

    __tablename__ = "assistant"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    owner_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    picture: Mapped[str] = mapped_column(Line(PICTURE_LENGTH), default="")  # else initials
    avatar: Mapped[str | None] = mapped_column(String(32))  # the public id of its picture, if any
    system_prompt: Mapped[str] = mapped_column(Text, default="")
    model: Mapped[str | None] = mapped_column(String(200))
    temperature: Mapped[float | None] = mapped_column(Float)
    effort: Mapped[str | None] = mapped_column(String(10))
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[Timestamp]

    @classmethod
    def of(cls, user_id: int) -> Select[Assistant]:
        """Select those that somebody can use, their own first."""
        found = select(cls).where(cls._is_usable_by(user_id))
        return found.order_by(cls.owner_id != user_id, cls.name, cls.id).limit(MAX_LISTED)

    @classmethod
    def find(cls, public_id: str, user_id: int) -> Assistant:
        """Return one that somebody can use; raises NotFound."""
        found = select(cls).where(cls.public_id == public_id, cls._is_usable_by(user_id))
        assistant = db.session.scalar(found) if is_public_id(public_id) else None
        if assistant is None:
            raise NotFound(GONE)
        return assistant

    @classmethod
    def find_own(cls, public_id: str, user_id: int) -> Assistant:
        """Return one of somebody's own; raises NotFound."""
        assistant = cls.find(public_id, user_id)
        if assistant.owner_id != user_id:
            raise NotFound(GONE)
        return assistant

    @classmethod
    def lock_own(cls, public_id: str, user_id: int) -> Assistant:
        """Return one of somebody's own, to be changed or deleted in the caller's transaction: of
        two who do, the second one finds what the first has left. Raises NotFound."""
        User.lock(user_id)
        return cls.find_own(public_id, user_id)

    @classmethod
    def answering(cls, public_id: str | None) -> Row[str, str, str, str | None] | None:
        """Return the name and the picture of the one with which a conversation was begun, for all
        who read that; None where there is none any more."""
        if public_id is None:
            return None
        shown = select(cls.public_id, cls.name, cls.picture, cls.avatar)
        return db.session.execute(shown.where(cls.public_id == public_id)).first()

    @classmethod
    def add(cls, owner_id: int, **fields: Any) -> Assistant:
        """Add one, in the caller's transaction; raises Invalid where there are too many."""
        User.lock(owner_id)
        own = select(func.count()).where(cls.owner_id == owner_id)
        if (db.session.scalar(own) or 0) >= MAX_ASSISTANTS:
            raise Invalid(TOO_MANY)
        assistant = cls(owner_id=owner_id, **fields)
        db.session.add(assistant)
        return assistant

    def apply_to(self, conversation: Conversation) -> None:
        """Copy what it says to a new conversation, in the caller's transaction."""
        conversation.assistant = self.public_id
        conversation.system_prompt = self.system_prompt
        conversation.temperature, conversation.effort = self.temperature, self.effort

    @classmethod
    def _is_usable_by(cls, user_id: int) -> ColumnElement[bool]:
        return (cls.owner_id == user_id) | cls.shared
