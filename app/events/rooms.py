"""This process's sockets: the rooms they are in, and closing them.

A socket is a reader's connection to the namespace, with Socket.IO's id (`sid`). Beneath it is an
Engine.IO session, with an id of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

from app.errors import Unauthorized, attempt
from app.extensions import socketio
from app.transport import disconnecting
from app.transport.room_views import View
from app.transport.session import Session

logger = logging.getLogger(__name__)

NAMESPACE = "/conversations"
EVERYBODY = "everybody"  # the room of all sockets of users; those of strangers are not in it

V = TypeVar("V", bound=View)


def enter(sid: str, room: str) -> None:
    """Add a socket to a room. Raises Unauthorized if it has been closed."""
    if socketio.server.manager.eio_sid_from_sid(sid, NAMESPACE) is None:
        raise Unauthorized()
    try:
        socketio.server.enter_room(sid, room, namespace=NAMESPACE)
    except (KeyError, ValueError):  # closed by another thread since
        raise Unauthorized() from None


def await_events(room: str) -> None:
    """Wait until a room gets what other processes emit to it. Call it before reading the database,
    once a socket has entered the room."""
    socketio.server.manager.await_events(room)


def are_silent() -> bool:
    """Return whether what other processes emit may not arrive."""
    return bool(socketio.server.manager.is_silent)


def check_silence() -> None:
    """Check that again; to be called every heartbeat.BEAT_SECONDS."""
    socketio.server.manager.beat()


def take_in_step() -> set[str]:
    """Return the rooms that got a `chunk` since the last call that was emitted to all processes."""
    rooms: set[str] = socketio.server.manager.take_in_step()
    return rooms


def take_unsure() -> set[str]:
    """Return the rooms that may lack what other processes have emitted before they got it."""
    rooms: set[str] = socketio.server.manager.take_unsure()
    return rooms


def followed() -> list[str]:
    """Return the rooms whose events somebody here gets."""
    return [room for room in list(socketio.server.manager.followed(NAMESPACE)) if room]


def add_view(of: str, room: str, view: V) -> V:
    """Let the sockets in a room get what a view shows of another room; returns the view that they
    get, which is an earlier one where there is one."""
    manager = socketio.server.manager
    manager.add_view(of, room, view)
    return cast(V, manager.views.get(room))


def show_in_views(of: str, event: str, payload: Any) -> None:
    """Send an event to this process's sockets in the views of a room, and to nobody in it."""
    socketio.server.manager.show(of, event, payload, NAMESPACE)


def leave(sid: str, room: str) -> None:
    """Remove a socket from a room."""
    socketio.server.leave_room(sid, room, namespace=NAMESPACE)


def move(room: str, other: str) -> None:
    """Move every socket from a room to another one."""
    for sid in sockets(room):
        leave(sid, room)
        with suppress(Unauthorized):  # it has just been closed
            enter(sid, other)


def empty(room: str) -> None:
    """Remove every socket from a room."""
    for sid in sockets(room):
        leave(sid, room)


def disconnect(room: str | None) -> None:
    """Disconnect the sockets in a room; None: all of them. Then cut the sessions that remain.

    What waits to be sent to them is dropped.
    """
    disconnect_sockets(sockets(room))


def disconnect_sockets(sids: list[str]) -> None:
    """Disconnect these sockets, as `disconnect` does."""
    closing = sessions(sids)
    for session in closing:
        session.drop_backlog()
    for sid in sids:
        _disconnect(sid)
    disconnecting.cut_remaining(closing)


def _disconnect(sid: str) -> None:
    """Disconnect a socket; if that fails, its session is cut in a moment."""
    server = socketio.server
    _, error = attempt(lambda: server.disconnect(sid, namespace=NAMESPACE, ignore_queue=True))
    if error:
        logger.error("A socket could not be disconnected.", exc_info=error)


def cut_if_slow(candidates: list[Session]) -> None:
    """Cut those of the sessions that have not, after a grace period, taken what was sent so far."""
    disconnecting.cut_slow(candidates)


def sockets(room: str | None) -> list[str]:
    """Return the ids of the sockets in a room; None: all of them."""
    manager = socketio.server.manager
    return [sid for sid, _transport in list(manager.get_participants(NAMESPACE, room))]


def count(room: str) -> int:
    """Return how many sockets are in a room."""
    return len(_sids_in(room))


def is_in(sid: str, room: str) -> bool:
    """Return whether a socket is in a room."""
    return sid in _sids_in(room)


def is_connected(sid: str) -> bool:
    """Return whether a socket was accepted and is not being closed."""
    return bool(socketio.server.manager.is_connected(sid, NAMESPACE))


def is_sending() -> bool:
    """Return whether anything waits to be sent in any session."""
    return any(each.waiting_bytes for each in sessions(sockets(None)))


def handshake_environ(sid: str) -> dict[str, Any]:
    """Return the environ of the request that opened a socket's session; {} after its end."""
    return socketio.server.get_environ(sid, NAMESPACE) or {}


def sessions(sids: list[str]) -> list[Session]:
    """Return the sessions beneath these sockets."""
    server = socketio.server
    ids = [server.manager.eio_sid_from_sid(sid, NAMESPACE) for sid in sids]
    return [server.eio.sockets[each] for each in ids if each in server.eio.sockets]


def _sids_in(room: str) -> Mapping[str, str]:
    members: Mapping[str, str] = socketio.server.manager.rooms.get(NAMESPACE, {}).get(room, {})
    return members
