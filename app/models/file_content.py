"""The contents of files: which store has each, and those that the database has itself, in pieces.

A row is added before its store gets the content, and is removed after the store has removed it. So
whenever a process dies, a store has nothing that no row names. A content that no file uses is
removed by the sweep: of an upload that did not get to its end, or of a file that is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy import update as updated
from sqlalchemy.orm import Mapped, mapped_column

from app.database import NO_SYNC
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, PublicId, Timestamp, now

PIECE_BYTES = 256_000
PIECES_AT_ONCE = 8  # that one transaction deletes
UNUSED_TIME = timedelta(hours=1)  # longer than it takes to store one
UNUSED = text("NOT is_used")


class Content(NamedTuple):
    """Where a content is: `public_id` is what a store other than the database calls it."""

    id: int
    public_id: str
    store: str
    size: int


class Stock(NamedTuple):
    """How many contents a store has, and their bytes."""

    store: str
    files: int
    size: int


class FileContent(Base):
    """The content of one file, as it was uploaded."""

    __tablename__ = "file_content"
    __table_args__ = (
        Index("unused_contents", "created_at", sqlite_where=UNUSED, postgresql_where=UNUSED),
        NEVER_REUSED,
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    store: Mapped[str] = mapped_column(String(12))
    size: Mapped[int]
    is_used: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Timestamp]

    @classmethod
    def add(cls, store: str, size: int) -> Content:
        """Add one that the store is about to get, in the caller's transaction."""
        added = cls(store=store, size=size)
        db.session.add(added)
        db.session.flush()
        return Content(added.id, added.public_id, store, size)

    @classmethod
    def find(cls, content_id: int) -> Content:
        """Return where a content is."""
        found = select(cls.id, cls.public_id, cls.store, cls.size).where(cls.id == content_id)
        return Content(*db.session.execute(found).one())


class FilePiece(Base):
    """A part of a content that the database has itself."""

    __tablename__ = "file_piece"

    content_id: Mapped[int] = mapped_column(
        ForeignKey("file_content.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def read(cls, content_id: int, number: int) -> bytes:
        """Return one piece of a content; empty where there is none."""
        found = select(cls.data).where(cls.content_id == content_id, cls.number == number)
        return db.session.scalar(found) or b""


class FilePicture(Base):
    """What models that see are sent of a file, in JPEG: a picture, or a page."""

    __tablename__ = "file_picture"
    __table_args__ = (Index("pictures_of_a_content", "content_id", "number", unique=True),)

    id: Mapped[Key]
    content_id: Mapped[int] = mapped_column(ForeignKey("file_content.id", ondelete="CASCADE"))
    number: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def read(cls, key: int) -> bytes:
        """Return a picture; empty where it is gone."""
        return db.session.scalar(select(cls.data).where(cls.id == key)) or b""


def add_piece(content_id: int, number: int, data: bytes) -> None:
    """Store a piece of a content, in the caller's transaction."""
    _insert(FilePiece, content_id, number, data)


def add_picture(content_id: int, number: int, data: bytes) -> None:
    """Store a picture of a content, in the caller's transaction."""
    _insert(FilePicture, content_id, number, data)


def use(content_id: int) -> None:
    """Note that a file uses a content, in the caller's transaction."""
    _mark([content_id], is_used=True)


def disuse(keys: Sequence[int]) -> None:
    """Note that no file uses these contents any more, in the caller's transaction."""
    _mark(keys, is_used=False)


def unused(most: int) -> Sequence[Content]:
    """Return some contents that no file uses, and that no process is storing."""
    is_old = FileContent.created_at < now() - UNUSED_TIME
    found = select(FileContent.id, FileContent.public_id, FileContent.store, FileContent.size)
    rows = db.session.execute(found.where(~FileContent.is_used, is_old).limit(most))
    return [Content(*row) for row in rows]


def drop_some(content_id: int) -> bool:
    """Delete some pieces and pictures of a content, in the caller's transaction; return whether
    there may be more."""
    return any([_drop_some(each, content_id) for each in (FilePiece, FilePicture)])


def forget(content_id: int) -> None:
    """Delete a content that its store has removed, in the caller's transaction."""
    unused_one = delete(FileContent).where(FileContent.id == content_id, ~FileContent.is_used)
    db.session.execute(unused_one, execution_options=NO_SYNC)


def stocks(connection: Connection) -> Sequence[Stock]:
    """Return how much each store has."""
    counted = select(FileContent.store, func.count(), func.coalesce(func.sum(FileContent.size), 0))
    rows = connection.execute(counted.group_by(FileContent.store).order_by(FileContent.store))
    return [Stock(store, files, int(size)) for store, files, size in rows]


def _insert(kind: type[FilePiece | FilePicture], content_id: int, number: int, data: bytes) -> None:
    values = {"content_id": content_id, "number": number, "data": data}
    db.session.execute(insert(kind), [values])


def _mark(keys: Sequence[int], *, is_used: bool) -> None:
    marked = updated(FileContent).where(FileContent.id.in_(keys)).values(is_used=is_used)
    db.session.execute(marked, execution_options=NO_SYNC)


def _drop_some(kind: type[FilePiece | FilePicture], content_id: int) -> bool:
    of_content = select(kind.number).where(kind.content_id == content_id)
    numbers = db.session.scalars(of_content.limit(PIECES_AT_ONCE)).all()
    some = delete(kind).where(kind.content_id == content_id, kind.number.in_(numbers))
    if numbers:
        db.session.execute(some, execution_options=NO_SYNC)
    return bool(numbers)
