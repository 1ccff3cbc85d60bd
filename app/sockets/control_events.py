"""Handles control events: each says what every process does with its own sockets in a room."""

from __future__ import annotations

import logging
import time
from threading import Lock

from app import counts, database_failures
from app.auth.revocations import revocations
from app.background import start_task
from app.database import find, read
from app.errors import attempt
from app.events import emit, lists, rooms, server_settings
from app.events.looking import current_looking
from app.events.payloads import conversation_payload, sender
from app.events.shapes import ConversationPayload, FormerPayload
from app.models import Conversation
from app.models.control_event import CONTROL_EVENT_LIFETIME, POSTED_AFTER, Kind
from app.models.conversation import conversation_in, former_in, room_of
from app.postgresql import IDLE_SECONDS
from app.presence import current_presence
from app.replies import reload_models_soon

logger = logging.getLogger(__name__)
_describing = Lock()

ABSENCE_SECONDS = CONTROL_EVENT_LIFETIME.total_seconds() / 2
# A transaction that has taken a lower id may be committed later than one with a higher id; not by
# this much, because PostgreSQL ends it when its process does nothing for IDLE_SECONDS.
LATE_SECONDS = 3 * IDLE_SECONDS


class ControlEventHandler:
    """Handles each control event once in this process.

    Events that exist when it starts are skipped: this process had no sockets when they were posted.
    """

    def __init__(self) -> None:
        self._seen: dict[int, float] | None = None  # by id, when it was seen first
        self._after = 0  # nothing with this id or a lower one can still come
        self._at = time.monotonic()
        self._closed: list[str] = []

    def handle_new(self) -> None:
        """Handle the events that were posted since the last call, in their order."""
        began = time.monotonic()
        events = find(POSTED_AFTER, {"key": self._after}, reserved=True)
        database_failures.note_success()
        self._close_late_sockets()
        if self._was_absent():
            revocations.closing()
            start_task(reload_models_soon)
            start_task(server_settings.reload_soon)
            rooms.disconnect(None)  # events may have expired unread; readers can reconnect
        elif self._seen is not None:
            new = [event for event in events if event.id not in self._seen]
            if not all([self._handle(event.kind, event.room) for event in new]):
                began = float("-inf")
        self._see([event.id for event in events])
        revocations.handled(began)

    def _see(self, ids: list[int]) -> None:
        """Remember these ids, until no lower one can come any more."""
        before = self._seen or {}
        seen = {key: before.get(key, self._at) for key in ids}
        old = [key for key, at in seen.items() if self._at - at > LATE_SECONDS]
        self._after = max(old, default=self._after)
        self._seen = {key: at for key, at in seen.items() if key > self._after}

    def _handle(self, kind: str, room: str) -> bool:
        """Handle one event. Where that fails its room is closed: a right may have been revoked, and
        readers who come back get what is true then."""
        _, error = attempt(lambda: self._apply(kind, room))
        if error:
            counts.REJOINS.add("control_event_failed")
            logger.error("A control event failed, so its room is closed.", exc_info=error)
            self._closed.append(room)
        return error is None

    def _apply(self, kind: str, room: str) -> None:
        if kind == Kind.DISCONNECT:
            revocations.closing()
            rooms.disconnect(room)
            self._closed.append(room)
        elif kind == Kind.REJOIN:
            counts.REJOINS.add("asked")
            emit.rejoin(conversation_in(room))
        elif kind in (Kind.DESCRIBE, Kind.LIST):
            _tell_of_change(kind, room)
        elif kind == Kind.FORMER:
            emit.former(*_former(room))
        else:
            self._apply_to_no_room(kind, room)

    def _apply_to_no_room(self, kind: str, room: str) -> None:
        if kind == Kind.MODELS:
            start_task(reload_models_soon)
        elif kind == Kind.SETTINGS:
            start_task(server_settings.reload_soon)
        elif kind == Kind.UNLIST:
            start_task(lists.announce_lost, room)
        elif kind == Kind.UNHEARD:
            current_looking().note_unheard(room)
        else:
            logger.error("Control events of the kind %r are unknown to this version.", kind)

    def _close_late_sockets(self) -> None:
        """Close the sockets in the rooms of the last call once more.

        A socket that was just being accepted could not be closed then, nor any where that failed.
        """
        closed, self._closed = self._closed, []
        for room in closed:
            rooms.disconnect(room)

    def _was_absent(self) -> bool:
        """Return whether this process was paused, or without its database, for too long."""
        before, self._at = self._at, time.monotonic()
        return self._at - before > ABSENCE_SECONDS


def _tell_of_change(kind: str, room: str) -> None:
    """Describe a conversation to its readers, or only its row to those who list it: in tasks of
    their own, for what revokes a right must not wait for them."""
    if kind == Kind.DESCRIBE:
        current_presence().stop_typing(conversation_in(room))  # who may, will go on
        start_task(describe, room)
    start_task(lists.announce_here, conversation_in(room))


def _former(where: str) -> tuple[FormerPayload, str]:
    """Return what the readers of a conversation are told of a deleted account, and their room."""
    public_id, user_id = former_in(where)
    return {"conversation": public_id, "sender": sender(public_id, user_id)}, room_of(public_id)


def describe(room: str) -> None:
    """Send this process's readers in a room the title and members of its conversation.

    Where that fails they are disconnected, and get them when they come back.
    """
    _, error = attempt(lambda: _describe(room))
    if error:
        logger.error("A conversation was not described, so its room is closed.", exc_info=error)
        rooms.disconnect(room)


def _describe(room: str) -> None:
    with _describing:  # one after the other: what is read later is sent later
        payload = read(lambda: _payload(conversation_in(room)))
        if payload:
            emit.conversation(payload, room)


def _payload(public_id: str) -> ConversationPayload | None:
    conversation = Conversation.by_public_id(public_id)
    return conversation_payload(conversation) if conversation else None
