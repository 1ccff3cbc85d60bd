"""Who may read and write in a conversation."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import Key, Timestamp


class Membership(Base):
    """One person in one conversation; the first member owns it."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    is_owner: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]

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
