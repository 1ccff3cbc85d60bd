"""A message: a question somebody asked, or an answer that is a log until it has ended."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, MaybeMoment, Moment, PublicId
from app.models.log import Delta

if TYPE_CHECKING:
    from app.models.conversation import Conversation
    from app.models.user import User

STREAMING = text("status = 'streaming'")
WAITING = text("waiting")
EDIT = text("replaces IS NOT NULL")


class Status(StrEnum):
    """How a message stands. From `streaming` it goes to one of the others, once."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Role(StrEnum):
    """Who speaks."""

    USER = "user"
    ASSISTANT = "assistant"


class Message(Base):
    """One message. While it streams its text is in its entries; after that, here.

    `lease` is counted up by the process that writes it; whoever has watched it stand still for
    longer than the lease knows that the process is gone, without comparing clocks.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        UniqueConstraint("conversation_id", "key"),
        Index(
            "one_streaming_answer_per_conversation",
            "conversation_id",
            unique=True,
            sqlite_where=STREAMING,
            postgresql_where=STREAMING,
        ),
        Index("edits", "replaces", sqlite_where=EDIT, postgresql_where=EDIT),
        Index("waiting_questions", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(12), default=Status.COMPLETE)
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL")
    )
    model: Mapped[str | None] = mapped_column(String(200))
    question_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str | None] = mapped_column(String(64))
    replaces: Mapped[str | None] = mapped_column(String(32))
    waiting: Mapped[bool] = mapped_column(default=False)
    lease: Mapped[int] = mapped_column(default=0)
    seq: Mapped[int] = mapped_column(default=0)
    content: Mapped[str] = mapped_column(default="")
    thinking: Mapped[str] = mapped_column(default="")
    content_html: Mapped[str | None]
    size: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    thought_ms: Mapped[int | None]
    created_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]

    conversation: Mapped[Conversation] = relationship(lazy="select")
    author: Mapped[User | None] = relationship(lazy="joined")

    @classmethod
    def streaming_among(cls, ids: Iterable[int]) -> Select[int]:
        """Select which of these stream still, and keep them so until the commit."""
        return (
            select(cls.id)
            .where(cls.id.in_(list(ids)), cls.status == Status.STREAMING)
            .order_by(cls.id)
            .with_for_update()
        )

    @property
    def is_streaming(self) -> bool:
        """Say whether its text can still grow."""
        return self.status == Status.STREAMING

    @property
    def whole(self) -> Delta:
        """Return its text from the beginning: none while it streams, for then it is in its log."""
        return Delta(0, self.seq, self.content, self.thinking)

    @property
    def answer(self) -> Message | None:
        """Return the answer to this question, where there is one."""
        return db.session.scalar(select(Message).where(Message.question_id == self.id))


def size_of(*texts: str) -> int:
    """Return how many bytes of UTF-8 these texts are."""
    return sum(len(part.encode()) for part in texts)
