"""The log of a message: each entry adds text to it, and no entry ever changes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db


class Delta(NamedTuple):
    """The text that leads from entry `since` of a log to entry `seq`."""

    since: int
    seq: int
    content: str
    thinking: str


class Entry(Base):
    """One entry. Its primary key keeps out a second writer: nobody writes a seq twice."""

    __tablename__ = "entry"
    # one tree instead of two, so half as many pages are written for each entry
    __table_args__ = ({"sqlite_with_rowid": False},)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str]
    thinking: Mapped[str]


def read_log(message_id: int, since: int = 0) -> Delta:
    """Return the text of a message's log after entry `since`, as one delta."""
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


def read_entry(message_id: int, seq: int) -> Delta | None:
    """Return one entry of a message's log; None where it does not exist."""
    columns = select(Entry.seq, Entry.content, Entry.thinking)
    row = db.session.execute(columns.filter_by(message_id=message_id, seq=seq)).one_or_none()
    return Delta(seq - 1, *row) if row else None


def last_seq(message_id: int) -> int:
    """Return the seq of the last entry of a message's log; 0 where it is empty."""
    last = select(func.max(Entry.seq)).where(Entry.message_id == message_id)
    return db.session.scalar(last) or 0
