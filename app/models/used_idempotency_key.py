"""The keys of questions that are gone: who sends one again asks nothing anew."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db


class SpentKey(Base):
    """The key by which a client named a question that was edited since."""

    __tablename__ = "spent_key"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)

    @classmethod
    def keep(cls, conversation_id: int, key: str | None) -> None:
        """Note that a question with this key, if it has one, is gone."""
        if key is not None:
            db.session.add(cls(conversation_id=conversation_id, key=key))

    @classmethod
    def is_spent(cls, conversation_id: int, key: str) -> bool:
        """Say whether a question with this key is gone."""
        return db.session.get(cls, (conversation_id, key)) is not None
