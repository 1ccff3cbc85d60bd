"""The idempotency keys of questions that an earlier version of the server removed when they were
edited: sending one again starts nothing. No new ones are added: an edit keeps the question."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db


class UsedIdempotencyKey(Base):
    """The key that a client gave to a question that is gone."""

    __tablename__ = "used_idempotency_key"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)

    @classmethod
    def exists(cls, conversation_id: int, key: str) -> bool:
        """Return whether a question with this key is gone."""
        return db.session.get(cls, (conversation_id, key)) is not None
