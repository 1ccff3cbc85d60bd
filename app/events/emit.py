"""The one way out: every event that a reader gets leaves through here.

What is called here must be committed already. Events go to every server process; what is
marked local concerns this process's own sockets and stays here.
"""

from __future__ import annotations

from typing import Any

from app.errors import Unauthorized
from app.events.payloads import Announcement, Description, Progress, Removal
from app.extensions import socketio
from app.models.conversation import room_of
from app.transport import disconnecting
from app.transport.session import Session

NAMESPACE = "/conversations"


def message(shape: Announcement) -> None:
    """Tell a conversation's readers that a message now exists."""
    _emit("message", shape, room_of(shape["conversation"]))


def chunk(shape: Progress) -> None:
    """Tell them that text was added."""
    _emit("chunk", shape, room_of(shape["conversation"]))


def streaming_end(shape: Progress) -> None:
    """Tell them that a message will never change again."""
    _emit("streaming_end", shape, room_of(shape["conversation"]))


def removed(shape: Removal, room: str | None = None) -> None:
    """Tell them, or one local `room` of them, that messages are gone."""
    where = room or room_of(shape["conversation"])
    _emit("removed", shape, where, local=room is not None)


def conversation(shape: Description, *, local: bool = False) -> None:
    """Tell them what the conversation is called and who is in it."""
    _emit("conversation", shape, room_of(shape["conversation"]), local=local)


def missed_message(shape: Announcement, room: str) -> None:
    """Give a message to readers who have just joined and lack it."""
    _emit("message", shape, room, local=True)


def current_state(shape: Progress, room: str) -> None:
    """Bring readers who have just joined from what they hold to what is committed."""
    _emit("current_state", shape, room, local=True)


def rejoin(conversation_id: str) -> None:
    """Ask this process's readers of a conversation to join again, and let none of them stay."""
    room = room_of(conversation_id)
    readers = connections(sockets(room))
    _emit("rejoin", {"conversation": conversation_id}, room, local=True)
    close(room)
    disconnecting.cut_slow(readers)


def enter(sid: str, room: str) -> None:
    """Let a socket of this process into a room; Unauthorized if it was closed meanwhile."""
    if socketio.server.manager.eio_sid_from_sid(sid, NAMESPACE) is None:
        raise Unauthorized()
    try:
        socketio.server.enter_room(sid, room, namespace=NAMESPACE)
    except (KeyError, ValueError):  # closed by another thread since
        raise Unauthorized() from None


def leave(sid: str, room: str) -> None:
    """Take a socket of this process out of a room."""
    socketio.server.leave_room(sid, room, namespace=NAMESPACE)


def close(room: str) -> None:
    """Take every socket of this process out of a room."""
    for sid in sockets(room):
        leave(sid, room)


def disconnect(room: str | None) -> None:
    """Close the connections of this process's sockets in a room; None: of all of them. What waits
    for them is not sent any more."""
    here = sockets(room)
    leaving = connections(here)
    for connection in leaving:
        connection.drop_backlog()
    for sid in here:
        socketio.server.disconnect(sid, namespace=NAMESPACE, ignore_queue=True)
    disconnecting.cut_remaining(leaving)


def is_waiting() -> bool:
    """Say whether anything waits to be sent on a connection of this process."""
    return any(each.waiting_bytes for each in connections(sockets(None)))


def is_connected(sid: str) -> bool:
    """Say whether a socket of this process was let in, and is not on its way out."""
    return bool(socketio.server.manager.is_connected(sid, NAMESPACE))


def handshake(sid: str) -> dict[str, Any]:
    """Return the environment of the request that opened a socket's connection; {} after its end."""
    return socketio.server.get_environ(sid, NAMESPACE) or {}


def connections(sids: list[str]) -> list[Session]:
    """Return the connections beneath sockets of this process."""
    server = socketio.server
    sessions = [server.manager.eio_sid_from_sid(sid, NAMESPACE) for sid in sids]
    return [server.eio.sockets[session] for session in sessions if session in server.eio.sockets]


def sockets(room: str | None) -> list[str]:
    """Return the ids of this process's sockets in a room; None: all of them."""
    manager = socketio.server.manager
    return [sid for sid, _transport in list(manager.get_participants(NAMESPACE, room))]


def _emit(event: str, data: Any, room: str, *, local: bool = False) -> None:
    socketio.server.emit(event, data, to=room, namespace=NAMESPACE, ignore_queue=local)
