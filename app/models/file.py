"""Files that people send with their questions.

A file is uploaded first, and is its uploader's alone until a message is sent with it. It belongs to
every message that has it: another version of a question and a branch have the same ones. What no
message has any more is removed by the sweep. What was uploaded is in `file_content`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    delete,
    exists,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.characters import balanced, cut
from app.database import NO_SYNC
from app.errors import Conflict, NotFound
from app.extensions import Base, db
from app.models.columns import (
    NEVER_REUSED,
    Key,
    Line,
    PublicId,
    Timestamp,
    is_public_id,
    now,
)
from app.models.file_content import disuse, use
from app.models.message import Message
from app.models.user import User
from app.text import NOT_IN_A_LINE, single_line

NAME_LENGTH = 120
UNNAMED = "file"
PENDING_TIME = timedelta(days=1)  # until an upload that was not sent is removed
MAX_PENDING = 40  # uploads of one person that were not sent
MAX_PENDING_BYTES = 250_000_000
GONE = "A file is no longer there. Remove it from your message, or attach it again."
PENDING = text("NOT is_sent")
FOLDER = re.compile(r".*[/\\]", re.DOTALL)


class File(Base):
    """One file, and what is made of it.

    Of a picture there is a `thumbnail`, and its content has what models that see are sent; of any
    other file there is its `text`, which `is_cut` where the file has more. `tokens` estimates what
    models are sent, but for so many `pages` that are pictures.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index("pending_files", "uploader_id", sqlite_where=PENDING, postgresql_where=PENDING),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    uploader_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL")
    )
    name: Mapped[str] = mapped_column(Line(NAME_LENGTH))
    kind: Mapped[str] = mapped_column(String(12))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    width: Mapped[int] = mapped_column(default=0)  # of the thumbnail
    height: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    is_cut: Mapped[bool] = mapped_column(default=False)
    is_sent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("file_content.id"), index=True)
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    # Where a process of the version before stores what it gets, until that is moved.
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    @classmethod
    def add(cls, uploader_id: int, content_id: int, **fields: Any) -> File:
        """Add an upload whose content is stored, in the caller's transaction. Where somebody has
        too many that were not sent, the oldest of them are removed. Raises NotFound where the
        account was deleted meanwhile."""
        User.lock(uploader_id)
        added = cls(uploader_id=uploader_id, content_id=content_id, **fields)
        db.session.add(added)
        db.session.flush()
        use(content_id)
        _remove_oldest_pending(uploader_id)
        return added

    @classmethod
    def of_uploader(cls, public_id: str, uploader_id: int) -> File | None:
        """Return an upload that was not sent yet, if it is this person's."""
        if not is_public_id(public_id):
            return None
        mine = (cls.uploader_id == uploader_id) & ~cls.is_sent
        return db.session.scalar(select(cls).where(cls.public_id == public_id, mine))

    @classmethod
    def in_conversation(cls, public_id: str, conversation_id: int, user_id: int) -> File:
        """Return a file of a message there, or one that this person has uploaded; NotFound."""
        has = (
            exists()
            .where(MessageFile.file_id == cls.id, MessageFile.message_id == Message.id)
            .where(Message.conversation_id == conversation_id)
        )
        mine = (cls.uploader_id == user_id) & ~cls.is_sent
        found = select(cls).where(cls.public_id == public_id, has | mine)
        file = db.session.scalar(found) if is_public_id(public_id) else None
        if file is None:
            raise NotFound("File not found.")
        return file

    @property
    def described(self) -> dict[str, Any]:
        """Return what readers are told of it."""
        about = {"id": self.public_id, "name": self.name, "size": self.size, "kind": self.kind}
        return about | ({"width": self.width, "height": self.height} if self.width else {})


class MessageFile(Base):
    """A message has a file, at a place in its list."""

    __tablename__ = "message_file"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True, index=True)
    place: Mapped[int]


def attach(
    message: Message, public_ids: Sequence[str], before: Message | None = None
) -> Sequence[Mapping[str, Any]]:
    """Give a message its author's uploads, and those of the version `before` it that are named, in
    the caller's transaction; return what readers are told of them.

    Raises Conflict where one of them is gone, or somebody else's.
    """
    ids = list(dict.fromkeys(public_ids))
    if not ids:
        return []
    found = {file.public_id: file for file in _usable(ids, message.author_id, before)}
    if len(found) < len(ids):
        raise Conflict(GONE)
    files = [found[each] for each in ids]
    for place, file in enumerate(files):
        file.is_sent = True
        db.session.add(MessageFile(message_id=message.id, file_id=file.id, place=place))
    return [file.described for file in files]


def clean_name(name: str | None) -> str:
    """Return a file's name as it is kept: without a folder, controls and what people don't see."""
    line = " ".join(NOT_IN_A_LINE.sub(" ", FOLDER.sub("", name or "")).split())
    line = balanced(line).strip(". ")
    if len(line) > NAME_LENGTH:
        stem, dot, ending = line.rpartition(".")
        kept = f"{dot}{ending}" if stem and len(ending) < 10 else ""
        line = cut(line, NAME_LENGTH - 1 - len(kept)) + "…" + kept
    return single_line(line, NAME_LENGTH) or UNNAMED


def remove_unused() -> bool:
    """Remove a file that no message has, a day after it was uploaded, in the caller's transaction.
    Returns whether there may be more."""
    is_used = exists().where(MessageFile.file_id == File.id)
    is_old = File.created_at < now() - PENDING_TIME
    unused = select(File.id).where(is_old, ~is_used).limit(1)
    keys = db.session.scalars(unused.with_for_update(skip_locked=True)).all()
    _remove(keys, ~is_used)
    return bool(keys)


def unmoved() -> tuple[int, bytes | None, bytes | None] | None:
    """Return the key, the content and the picture of a file that a process of the version before
    has stored; None where there is none."""
    found = select(File.id, File.content, File.picture).where(File.content_id.is_(None))
    row = db.session.execute(found.limit(1)).first()
    return (row.id, row.content, row.picture) if row else None


def moved(key: int, content_id: int) -> None:
    """Note where the content of such a file is now, in the caller's transaction."""
    mine = update(File).where(File.id == key, File.content_id.is_(None))
    values = {"content_id": content_id, "content": None, "picture": None}
    if db.session.scalar(mine.values(values).returning(File.id), execution_options=NO_SYNC):
        use(content_id)


def remove_upload(file: File) -> None:
    """Remove an upload that was not sent, in the caller's transaction."""
    _remove([file.id], ~File.is_sent)


def _usable(ids: Sequence[str], author_id: int | None, before: Message | None) -> Sequence[File]:
    """Return those of some files that a message may be sent with, and lock them."""
    usable: ColumnElement[bool] = File.uploader_id == author_id
    if before is not None:
        has = exists().where(MessageFile.file_id == File.id, MessageFile.message_id == before.id)
        usable |= has
    named = File.public_id.in_([each for each in ids if is_public_id(each)])
    found = select(File).where(named, usable).order_by(File.id)
    return db.session.scalars(found.with_for_update()).all()


def _remove_oldest_pending(uploader_id: int) -> None:
    pending = select(File.id, File.size).where(File.uploader_id == uploader_id, ~File.is_sent)
    left_bytes, removed = MAX_PENDING_BYTES, []
    for count, row in enumerate(db.session.execute(pending.order_by(File.id.desc()))):
        left_bytes -= row.size
        if count >= MAX_PENDING or (count and left_bytes < 0):
            removed.append(row.id)
    _remove(removed, ~File.is_sent)


def _remove(keys: Collection[int], condition: ColumnElement[bool]) -> None:
    """Remove files, and leave their contents to the sweep; the condition is looked at again where
    another transaction has changed one."""
    if keys:
        removed = delete(File).where(File.id.in_(keys), condition).returning(File.content_id)
        contents = db.session.scalars(removed, execution_options=NO_SYNC)
        disuse([each for each in contents if each is not None])
