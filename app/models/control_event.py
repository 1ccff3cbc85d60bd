"""What every process has to hear of: who may no longer read, whose sockets must go.

Written in the transaction that makes it true and read by every server process a few times a
second, so it holds however the change was made: a page, a command, another server.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Select, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Moment, now

NOTICE_LIFETIME = timedelta(minutes=10)
MIN_NOTICES = 256  # however old: another server's clock may be ahead of the others


class Kind(StrEnum):
    """What is to be done with the sockets in a room."""

    REJOIN = "rejoin"  # ask all to join again, and let nobody stay
    DISCONNECT = "disconnect"  # close them
    DESCRIBE = "describe"  # tell them the conversation's title and members


class Notice(Base):
    """One thing to be done once in every process."""

    __tablename__ = "notice"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    room: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[Moment] = mapped_column(index=True)

    @classmethod
    def post(cls, kind: Kind, room: str) -> None:
        """Tell every process, as soon as the caller's transaction is committed."""
        old = cls.created_at < now() - NOTICE_LIFETIME
        many = cls.id < select(func.max(cls.id)).scalar_subquery() - MIN_NOTICES
        db.session.execute(delete(cls).where(old, many))
        db.session.add(cls(kind=kind, room=room))

    @classmethod
    def recent(cls) -> Select[int, str, str]:
        """Select (id, kind, room) of what there is to hear, oldest first.

        All that is kept, not what has a higher id than the last one seen: on PostgreSQL a
        lower id can be committed later.
        """
        return select(cls.id, cls.kind, cls.room).order_by(cls.id)
