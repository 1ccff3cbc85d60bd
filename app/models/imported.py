"""Where imported conversations and messages come from, so that nothing is imported twice.

A key is a hash of what names a conversation or message in the file that it came from. It belongs
to the person who imports: another one imports the same file for themselves.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import Key
from app.models.message import Message


class ImportedConversation(Base):
    """A conversation that somebody has imported. `position` and `revision` are those of the
    conversation after its import: if they are others now, it was changed here since. `position` is
    empty until it is complete; `importer` says who is at it.
    """

    __tablename__ = "imported_conversation"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    importer: Mapped[str] = mapped_column(String(32))
    position: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=0)

    @classmethod
    def find(cls, user_id: int, key: str) -> ImportedConversation | None:
        """Return what somebody has imported under a key."""
        return db.session.scalar(select(cls).filter_by(user_id=user_id, key=key))


class ImportedMessage(Base):
    """A message that was imported."""

    __tablename__ = "imported_message"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(64))


class Place(NamedTuple):
    """Where an imported message is: hidden with which version, a version of which message."""

    id: int
    hidden_with: int | None
    version_of: int | None


def places_in(conversation_id: int) -> dict[str, Place]:
    """Return where the imported messages of a conversation are, by their keys."""
    found = (
        select(ImportedMessage.key, Message.id, Message.hidden_with, Message.version_of)
        .join(Message, Message.id == ImportedMessage.message_id)
        .where(Message.conversation_id == conversation_id)
    )
    return {row.key: Place(*row[1:]) for row in db.session.execute(found)}
