"""Changes that every server process must act on: who may no longer read, which sockets to close.

A control event is written in the transaction that makes the change, and every server process reads
the table a few times a second. So it works however the change was made: by a page, by a command or
by another server.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.direct import DirectStatement
from app.extensions import Base, db
from app.models.columns import NEVER_REUSED, Key, Timestamp, now

MODELS_ROOM = SETTINGS_ROOM = "models"  # where no socket is
CONTROL_EVENT_LIFETIME = timedelta(minutes=10)
MIN_CONTROL_EVENTS = 256  # kept however old: another server's clock may be ahead


class Kind(StrEnum):
    """What each server process does with its sockets in the control event's room."""

    REJOIN = "rejoin"  # ask all to join again, and remove them from the room
    DISCONNECT = "disconnect"  # close them
    DESCRIBE = "describe"  # send them the conversation's title and members; its members, their rows
    LIST = "list"  # send its members their rows in the list, or that there is none
    MODELS = "models"  # read again which models there are, and whom each is offered to
    SETTINGS = "settings"  # read again what administrators have set; tell everybody of the banner
    FORMER = "former"  # tell them that somebody has deleted their account
    UNLIST = "unlist"  # send one user that a conversation is no longer in their list
    UNHEARD = "unheard"  # look in the database: nobody hears the process that `room` names


class ControlEvent(Base):
    """An instruction that every server process carries out once, for its sockets in `room`."""

    __tablename__ = "control_event"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    room: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[Timestamp] = mapped_column(index=True)

    @classmethod
    def post(cls, kind: Kind, *rooms: str) -> None:
        """Add one for each room, in the caller's transaction; every process acts on its commit."""
        expired = cls.created_at < now() - CONTROL_EVENT_LIFETIME
        surplus = cls.id < select(func.max(cls.id)).scalar_subquery() - MIN_CONTROL_EVENTS
        db.session.execute(delete(cls).where(expired, surplus))
        if rooms:
            rows = [{"kind": kind, "room": room} for room in rooms]
            db.session.execute(insert(cls), rows)

    @classmethod
    def after(cls, key: Any = 0) -> Select[int, str, str]:
        """Select (id, kind, room) of those with a higher id than `key`, oldest first.

        `key` must not be the last one seen: on PostgreSQL a lower id can be committed later.
        """
        return select(cls.id, cls.kind, cls.room).where(cls.id > key).order_by(cls.id)


POSTED_AFTER = DirectStatement(ControlEvent.after(bindparam("key")))
