"""The log of a message: each entry adds text to it, and none ever changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ForeignKey, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db


class Addition(NamedTuple):
    """Text to add to a message as its entry `seq`."""

    message_id: int
    seq: int
    content: str
    thinking: str


class Delta(NamedTuple):
    """What a log says from one entry to another."""

    since: int
    seq: int
    content: str
    thinking: str


class Entry(Base):
    """One entry. Its key is the fence against a second writer: nobody writes a seq twice."""

    __tablename__ = "entry"
    # one tree instead of two, so half the pages are written for each entry
    __table_args__ = ({"sqlite_with_rowid": False},)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str]
    thinking: Mapped[str]


def insert_entries(additions: Sequence[Addition]) -> None:
    """Write entries in the caller's transaction; IntegrityError where one exists already."""
    if additions:
        table = db.metadata.tables["entry"]  # the plain table: the ORM's insert is slower
        db.session.execute(insert(table), [addition._asdict() for addition in additions])


def read_log(message_id: int, since: int = 0) -> Delta:
    """Return what the log of a message says after its entry `since`."""
    rows = db.session.execute(
        select(Entry.seq, Entry.content, Entry.thinking)
        .where(Entry.message_id == message_id, Entry.seq > since)
        .order_by(Entry.seq)
    ).all()
    return Delta(
        since,
        rows[-1].seq if rows else since,
        "".join(row.content for row in rows),
        "".join(row.thinking for row in rows),
    )


def entry_at(message_id: int, seq: int) -> Addition | None:
    """Return one entry of a log, None where it has none there."""
    columns = select(Entry.message_id, Entry.seq, Entry.content, Entry.thinking)
    row = db.session.execute(columns.filter_by(message_id=message_id, seq=seq)).one_or_none()
    return Addition(*row) if row else None


def last_seq(message_id: int) -> int:
    """Return the seq of a log's last entry, 0 where it has none."""
    last = select(func.max(Entry.seq)).where(Entry.message_id == message_id)
    return db.session.scalar(last) or 0


def delete_logs(message_ids: Iterable[int]) -> None:
    """Remove the entries of messages whose text is elsewhere by now, or is to go."""
    db.session.execute(delete(Entry).where(Entry.message_id.in_(list(message_ids))))
