"""Acting on control events: what every process has to do with its own sockets."""

from __future__ import annotations

import time

from app.database import read
from app.events import emit, rooms
from app.events.payloads import ConversationPayload, conversation_payload
from app.extensions import db
from app.models import ControlEvent, Conversation
from app.models.control_event import CONTROL_EVENT_LIFETIME, Kind
from app.models.conversation import conversation_in

ABSENCE_SECONDS = CONTROL_EVENT_LIFETIME.total_seconds() / 2


class ControlEvents:
    """Remembers which control events this process has handled. Those that it found at its start
    concern sockets that it never had."""

    def __init__(self) -> None:
        self._handled: frozenset[int] | None = None
        self._at = time.monotonic()
        self._closed: list[str] = []

    def handle_new(self) -> None:
        """Do what the new control events say, in their order."""
        events = read(lambda: db.session.execute(ControlEvent.recent()).all())
        self._close_late_sockets()
        if self._was_absent():
            rooms.disconnect(None)  # some may have expired unread: who may come back will
        elif self._handled is not None:
            for event in events:
                if event.id not in self._handled:
                    self._handle(Kind(event.kind), event.room)
        self._handled = frozenset(event.id for event in events)

    def _handle(self, kind: Kind, room: str) -> None:
        if kind == Kind.DISCONNECT:
            rooms.disconnect(room)
            self._closed.append(room)
        elif kind == Kind.REJOIN:
            emit.rejoin(conversation_in(room))
        elif payload := read(lambda: _describe(conversation_in(room))):
            emit.conversation(payload, local=True)

    def _close_late_sockets(self) -> None:
        """Close the rooms of the last time once more: a socket can't be closed while it is being
        accepted."""
        closed, self._closed = self._closed, []
        for room in closed:
            rooms.disconnect(room)

    def _was_absent(self) -> bool:
        """Return whether this process was paused, or without its database, for too long."""
        before, self._at = self._at, time.monotonic()
        return self._at - before > ABSENCE_SECONDS


def _describe(public_id: str) -> ConversationPayload | None:
    conversation = Conversation.by_public_id(public_id)
    return conversation_payload(conversation) if conversation else None
