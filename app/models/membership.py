"""Who may read and write in a conversation."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.columns import Key, Moment


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
    created_at: Mapped[Moment]
