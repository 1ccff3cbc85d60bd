"""Applying notices: what every process has to do with its own sockets."""

from __future__ import annotations

import time

from app.database import read
from app.events import emit
from app.events.payloads import Description, description
from app.extensions import db
from app.models import Conversation, Notice
from app.models.control_event import NOTICE_LIFETIME, Kind
from app.models.conversation import conversation_in

ABSENCE_SECONDS = NOTICE_LIFETIME.total_seconds() / 2


class Notices:
    """Remembers which notices this process has applied. What was there at its start concerns
    sockets that it never had."""

    def __init__(self) -> None:
        self._applied: frozenset[int] | None = None
        self._at = time.monotonic()
        self._closed: list[str] = []

    def apply(self) -> None:
        """Do what the new notices say, in their order."""
        notices = read(lambda: db.session.execute(Notice.recent()).all())
        self._close_late_comers()
        if self._was_absent():
            emit.disconnect(None)  # some may be gone unread: whoever may come back will
        elif self._applied is not None:
            for notice in notices:
                if notice.id not in self._applied:
                    self._apply(Kind(notice.kind), notice.room)
        self._applied = frozenset(notice.id for notice in notices)

    def _apply(self, kind: Kind, room: str) -> None:
        if kind == Kind.DISCONNECT:
            emit.disconnect(room)
            self._closed.append(room)
        elif kind == Kind.REJOIN:
            emit.rejoin(conversation_in(room))
        elif shape := read(lambda: _describe(conversation_in(room))):
            emit.conversation(shape, local=True)

    def _close_late_comers(self) -> None:
        """Close the rooms of the last time once more: a socket can't be closed while it is just
        being let in."""
        rooms, self._closed = self._closed, []
        for room in rooms:
            emit.disconnect(room)

    def _was_absent(self) -> bool:
        """Was this process paused, or without its database, for so long that it missed some?"""
        before, self._at = self._at, time.monotonic()
        return self._at - before > ABSENCE_SECONDS


def _describe(public_id: str) -> Description | None:
    conversation = Conversation.by_public_id(public_id)
    return description(conversation) if conversation else None
