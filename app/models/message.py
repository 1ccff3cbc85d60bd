"""A message: a question somebody asked, or an answer that is a log until it has ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.errors import Conflict
from app.extensions import Base, db
from app.models.columns import (
    NEVER_REUSED,
    Described,
    Key,
    Line,
    Names,
    OptionalTimestamp,
    PeopleByEmoji,
    PublicId,
    Timestamp,
    now,
)
from app.models.conversation import Conversation
from app.models.finding import find_row
from app.models.log import Delta
from app.models.search_text import Searchable, index_texts
from app.models.user import User
from app.text import NAME_LENGTH

# SQLite finds such an index by a condition of the same words. For `waiting = 1` it reads the whole
# table, and for a status that is a parameter it prepares the statement anew each time.
STREAMING = text("status = 'streaming'")
SHOWN_STREAMING = text("status = 'streaming' AND hidden_with IS NULL")
HIDDEN = text("hidden_with IS NOT NULL")
LATER_VERSION = text("version_of IS NOT NULL")
WAITING = text("waiting")
EDIT = text("replaces IS NOT NULL")
REACTED = text("reacted > 0")
PINNED = text("pinned_by_id IS NOT NULL")
MENTIONING = text("mentions IS NOT NULL")
UNSEEN = text("unseen")
UNRENDERED = text("content_html IS NULL AND status <> 'streaming'")

IMPORTED = " (imported)"  # behind the name of who is known by that alone
NOT_SHOWN = "Another version of that message is shown by now."


class Status(StrEnum):
    """The state of a message. `streaming` changes to one of the others, once."""

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
    """One message. While it streams its text is in its log; after that, here.

    `lease` is incremented by the process that writes the message. A process that has seen it
    unchanged for longer than the lease time knows that the writer is gone; no clocks are compared.

    A question asks one model, several, which answer one after the other, or none: `asks` names
    them. It is NULL for one that asks `model`, or where that is NULL the conversation's, as each
    question of an earlier version did. `waiting` says that not all of them have begun. `mentions`
    are the names that its text mentions, and `quotes` is the id that the message it quotes had.
    `files` is what readers are told of its files, see app/models/file.py.

    A retry or an edit adds another version of a message: `version` is its number, `versions` how
    many there were when it was last shown, `version_of` the first of them. `hidden_with` is empty
    for what is shown; app/models/versions.py says more.

    `reactions` are the keys of people by emoji, in the order in which they came; `reacted` is the
    number of their last change, see app/models/reactions.py. `pinned_by_id` is the key of who has
    pinned it, whose account may be gone. `is_cut` says of an answer that is complete that it
    reached its model's length limit. `imported_author` is the name of who wrote it elsewhere, if
    that is not a user of this server.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        UniqueConstraint("conversation_id", "key"),
        Index(
            "one_streaming_answer_per_conversation",
            "conversation_id",
            unique=True,
            sqlite_where=SHOWN_STREAMING,
            postgresql_where=SHOWN_STREAMING,
        ),
        Index("pinned_messages", "conversation_id", sqlite_where=PINNED, postgresql_where=PINNED),
        Index("streaming_messages", "id", sqlite_where=STREAMING, postgresql_where=STREAMING),
        Index("edits", "replaces", sqlite_where=EDIT, postgresql_where=EDIT),
        Index("hidden_messages", "hidden_with", sqlite_where=HIDDEN, postgresql_where=HIDDEN),
        Index(
            "later_versions",
            "version_of",
            sqlite_where=LATER_VERSION,
            postgresql_where=LATER_VERSION,
        ),
        Index(
            "reacted_messages",
            "conversation_id",
            "reacted",
            sqlite_where=REACTED,
            postgresql_where=REACTED,
        ),
        Index("waiting_questions", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index(
            "mentioning_messages",
            "created_at",
            sqlite_where=MENTIONING,
            postgresql_where=MENTIONING,
        ),
        Index("unseen_answers", "ended_at", sqlite_where=UNSEEN, postgresql_where=UNSEEN),
        Index("unrendered_messages", "id", sqlite_where=UNRENDERED, postgresql_where=UNRENDERED),
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
    # keys of messages of the same conversation, which are deleted with it; without foreign keys,
    # which SQLite can't add to a table unless it copies all of it
    version_of: Mapped[int | None]
    hidden_with: Mapped[int | None]
    asked_by: Mapped[int | None]  # who has asked for another version of an answer: a user's key
    version: Mapped[int] = mapped_column(default=1)
    versions: Mapped[int] = mapped_column(default=1)
    asks: Mapped[tuple[str, ...] | None] = mapped_column(Names)
    mentions: Mapped[tuple[str, ...] | None] = mapped_column(Names)
    quotes: Mapped[str | None] = mapped_column(String(32))
    files: Mapped[Sequence[Mapping[str, Any]]] = mapped_column(Described, default=(), nullable=True)
    reactions: Mapped[Mapping[str, Sequence[int]]] = mapped_column(
        PeopleByEmoji, default=dict, nullable=True
    )
    reacted: Mapped[int] = mapped_column(default=0)
    pinned_by_id: Mapped[int | None]
    pushed: Mapped[bool] = mapped_column(default=False)  # to devices of those whom it is for
    unseen: Mapped[bool] = mapped_column(default=False)  # its asker was away when it ended
    waiting: Mapped[bool] = mapped_column(default=False)
    lease: Mapped[int] = mapped_column(default=0)
    written_by: Mapped[str | None] = mapped_column(String(80))  # the process, with its lease
    seq: Mapped[int] = mapped_column(default=0)
    imported_author: Mapped[str | None] = mapped_column(Line(NAME_LENGTH))
    content: Mapped[str] = mapped_column(default="")
    thinking: Mapped[str] = mapped_column(default="")
    content_html: Mapped[str | None]
    size: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(String(500))
    is_cut: Mapped[bool] = mapped_column(default=False)
    answered_by: Mapped[str | None] = mapped_column(String(200))  # a model, where not by `model`
    continues: Mapped[int | None]  # the key of the earlier version with whose text it begins
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    thought_ms: Mapped[int | None]
    created_at: Mapped[Timestamp]
    ended_at: Mapped[OptionalTimestamp]

    conversation: Mapped[Conversation] = relationship(lazy="select")
    author: Mapped[User | None] = relationship(lazy="joined")

    @classmethod
    def find(cls, message_id: int) -> Message:
        """Return the message with this key; NotFound if it is gone since it was looked up."""
        return find_row(cls, message_id)

    @classmethod
    def of(cls, conversation: Conversation, *, shown: bool = True) -> Select[Message]:
        """Select the messages of a conversation that are shown, or those that are not."""
        which = cls.is_shown() if shown else ~cls.is_shown()
        return select(cls).where(cls.conversation_id == conversation.id, which)

    @classmethod
    def is_shown(cls) -> ColumnElement[bool]:
        """Select what everybody sees: the chosen version of each message, and what follows it."""
        return cls.hidden_with.is_(None)

    @classmethod
    def is_pinned(cls) -> ColumnElement[bool]:
        """Select what somebody has pinned."""
        return cls.pinned_by_id.is_not(None)

    @classmethod
    def streaming_in(cls, conversation: Conversation) -> Message | None:
        """Return the answer that is being written."""
        return db.session.scalar(cls.of(conversation).where(cls.status == Status.STREAMING))

    @classmethod
    def last_in(cls, conversation: Conversation, role: Role) -> Message | None:
        """Return the newest question, or the newest answer."""
        found = cls.of(conversation).where(cls.role == role)
        return db.session.scalar(found.order_by(cls.position.desc()).limit(1))

    @classmethod
    def next_waiting_in(cls, conversation: Conversation) -> Message | None:
        """Return the question that is answered next."""
        found = cls.of(conversation).where(cls.waiting)
        return db.session.scalar(found.order_by(cls.position).limit(1))

    @classmethod
    def streaming_among(cls, ids: Collection[int], *, skip_locked: bool = False) -> Select[int]:
        """Select which of these are still streaming, and lock them until the commit; with
        `skip_locked` only those that nobody else has locked."""
        found = select(cls.id).where(cls.id.in_(ids), STREAMING).order_by(cls.id)
        return found.with_for_update(skip_locked=skip_locked, key_share=True)

    @classmethod
    def add(
        cls, conversation: Conversation, role: Role, content: str = "", **fields: object
    ) -> Message:
        """Add a message at the next position, in the caller's transaction."""
        conversation.position += 1
        conversation.updated_at = now()
        message = cls(
            conversation_id=conversation.id,
            position=conversation.position,
            role=role,
            content=content,
            size=size_of(content),
            **fields,
        )
        db.session.add(message)
        db.session.flush()
        index_texts(db.session.connection(), [Searchable(conversation.id, message.id, content)])
        return message

    @property
    def is_streaming(self) -> bool:
        """Return whether its text can still grow."""
        return self.status == Status.STREAMING

    def check_shown(self) -> None:
        """Raise Conflict where another version is shown instead."""
        if self.hidden_with is not None:
            raise Conflict(NOT_SHOWN)

    @property
    def author_name(self) -> str | None:
        """Return the name of who wrote it, if the account exists, or it was imported with one."""
        if self.author:
            return self.author.name
        return self.imported_author and self.imported_author + IMPORTED

    @classmethod
    def author_name_column(cls) -> ColumnElement[str | None]:
        """Select the same name, where `User` is joined as the author."""
        return func.coalesce(User.name, cls.imported_author + IMPORTED)

    @property
    def author_is_bot(self) -> bool:
        """Return whether a program with an account of its own wrote it."""
        return bool(self.author and self.author.is_bot)

    @property
    def stored_text(self) -> Delta:
        """Return the text in its row; empty while it streams, when its text is in its log."""
        return Delta(0, self.seq, self.content, self.thinking)

    @property
    def answer(self) -> Message | None:
        """Return the first shown answer to this question, where there is one."""
        return db.session.scalar(self._answers.order_by(Message.position).limit(1))

    @property
    def streaming_answer(self) -> Message | None:
        """Return the shown answer to this question that is being written, where there is one."""
        return db.session.scalar(self._answers.where(Message.status == Status.STREAMING))

    @property
    def next_model(self) -> str | None:
        """Return the model that answers this waiting question next; None: the conversation's."""
        if self.asks is None:
            return self.model
        return self.asks[self._count_begun()]

    @property
    def is_asking_more(self) -> bool:
        """Return whether a model that this question asks has not begun to answer."""
        return self.asks is not None and self._count_begun() < len(self.asks)

    @property
    def _answers(self) -> Select[Message]:
        return select(Message).where(Message.question_id == self.id, Message.is_shown())

    def _count_begun(self) -> int:
        """Return how many models have begun to answer it, in any version of theirs."""
        firsts = (Message.question_id == self.id) & (Message.version == 1)
        return db.session.scalar(select(func.count()).where(firsts)) or 0


def size_of(*texts: str) -> int:
    """Return the size of these texts in bytes of UTF-8."""
    return sum(len(part.encode()) for part in texts)
