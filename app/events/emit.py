"""The one module that emits: every event that a reader gets is sent here.

Whatever is emitted must be committed already; presence is never stored. An event goes to the
readers of its conversation, or of one user's list, in every server process; with `room` or `local`,
only to this process's sockets.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from app.events import rooms
from app.events.shapes import (
    AllowancePayload,
    BannerPayload,
    ConversationPayload,
    FormerPayload,
    HeadPayload,
    JobPayload,
    ListedPayload,
    MessagePayload,
    NotificationPayload,
    PresentPayload,
    ProgressPayload,
    ReactionsPayload,
    RemovedPayload,
    SeenPayload,
    UnlistedPayload,
)
from app.extensions import socketio
from app.models.conversation import room_of
from app.models.membership import list_room

_numbers = count(1)


def message(payload: MessagePayload, room: str | None = None) -> None:
    """Send a new message to a conversation's readers, or to those in one local `room`."""
    _emit("message", payload, room)


def current_state(payload: ProgressPayload, room: str) -> None:
    """Send the state of a message to readers who have just joined, in one local `room`."""
    _emit("current_state", payload, room)


def chunk(payload: ProgressPayload | HeadPayload, room: str | None = None) -> None:
    """Send text that was added to a message, or to those in one local `room` what there is."""
    _emit("chunk", payload, room)


def streaming_end(payload: ProgressPayload) -> None:
    """Send the last text of a message, and how it has ended."""
    _emit("streaming_end", payload)


def removed(payload: RemovedPayload, room: str | None = None) -> None:
    """Tell a conversation's readers, or those in one local `room`, that messages are gone."""
    _emit("removed", payload, room)


def conversation(payload: ConversationPayload, room: str | None = None) -> None:
    """Send a conversation's title and members to its readers, or to those in one local `room`."""
    _emit("conversation", payload, room)


def former(payload: FormerPayload, room: str) -> None:
    """Tell this process's readers in a room who has deleted their account."""
    _emit("former", payload, room)


def seen(payload: SeenPayload, room: str | None = None) -> None:
    """Tell a conversation's readers, or those in one local `room`, how far others have read."""
    _emit("seen", payload, room)


def reactions(payload: ReactionsPayload) -> None:
    """Tell a conversation's readers who has put which emoji on a message."""
    _emit("reactions", payload)


def present(payload: PresentPayload, room: str) -> None:
    """Tell this process's readers in a room who is present."""
    _emit("present", payload, room)


def rejoin(conversation_id: str) -> None:
    """Remove this process's readers of a conversation from it, and ask them to join again.

    First they leave: from this moment on nothing is sent to them, whatever is being emitted. They
    are asked in a room of their own. Those who only see a view of the room don't leave it.
    """
    room, leaving = room_of(conversation_id), f"leaving:{next(_numbers)}"
    sessions = rooms.sessions(rooms.sockets(room))
    rooms.move(room, leaving)
    try:
        _emit("rejoin", {"conversation": conversation_id}, leaving)
    except BaseException:
        rooms.disconnect(leaving)  # they would not know that they get nothing more
        raise
    finally:
        rooms.empty(leaving)
        rooms.show_in_views(room, "rejoin", {"conversation": conversation_id})
    rooms.cut_if_slow(sessions)


def listed(payload: ListedPayload | UnlistedPayload, user_id: int, *, local: bool) -> None:
    """Tell the followers of a user's list what it shows of a conversation, or that it has it no
    longer; `local`: only those of this process."""
    event = "listed" if "title" in payload else "unlisted"
    _emit_to(list_room(user_id), event, payload, local=local)


def notification(payload: NotificationPayload, user_id: int) -> None:
    """Tell the followers of a user's list of a message that is for this user."""
    _emit_to(list_room(user_id), "notification", payload, local=False)


def allowance(payload: AllowancePayload, user_id: int) -> None:
    """Tell the followers of a user's list what this user has used of a monthly limit."""
    _emit_to(list_room(user_id), "allowance", payload, local=False)


def job(payload: JobPayload, user_id: int) -> None:
    """Tell the followers of a user's list how far an export or an import of theirs is."""
    _emit_to(list_room(user_id), "job", payload, local=False)


def banner(payload: BannerPayload) -> None:
    """Tell this process's sockets of users, whatever they follow, of the server's banner."""
    _emit_to(rooms.EVERYBODY, "banner", payload, local=True)


def _emit(event: str, payload: Any, local_room: str | None = None) -> None:
    room = local_room or room_of(payload["conversation"])
    _emit_to(room, event, payload, local=local_room is not None)


def _emit_to(room: str, event: str, payload: Any, *, local: bool) -> None:
    socketio.server.emit(event, payload, to=room, namespace=rooms.NAMESPACE, ignore_queue=local)
