"""Heeding notices: what every process has to do with its own sockets."""

from __future__ import annotations

from app.database import read
from app.extensions import db
from app.models import Conversation, Notice
from app.models.notice import Kind
from app.sockets import out
from app.sockets.shapes import Description, description


class Notices:
    """Remembers which notices this process has heeded. What was there at its start concerns
    sockets that it never had."""

    def __init__(self) -> None:
        self._heeded: frozenset[int] | None = None

    def heed(self) -> None:
        """Do what the new notices say, in their order."""
        notices = read(lambda: db.session.execute(Notice.recent()).all())
        if self._heeded is not None:
            for notice in notices:
                if notice.id not in self._heeded:
                    _heed(Kind(notice.kind), notice.room)
        self._heeded = frozenset(notice.id for notice in notices)


def _heed(kind: Kind, room: str) -> None:
    match kind:
        case Kind.DISCONNECT:
            out.disconnect(room)
        case Kind.REJOIN:
            out.rejoin(_conversation_id(room))
        case Kind.DESCRIBE:
            shape = read(lambda: _describe(_conversation_id(room)))
            if shape:
                out.conversation(shape, local=True)


def _conversation_id(room: str) -> str:
    return room.removeprefix("conversation:")


def _describe(public_id: str) -> Description | None:
    found = db.select(Conversation).where(Conversation.public_id == public_id)
    conversation = db.session.scalar(found)
    return description(conversation) if conversation else None
