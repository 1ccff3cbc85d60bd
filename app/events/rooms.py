"""This process's sockets: the rooms they are in, and closing them."""

from __future__ import annotations

from typing import Any

from app.errors import Unauthorized
from app.extensions import socketio
from app.transport import disconnecting
from app.transport.connection import Connection

NAMESPACE = "/conversations"


def enter(sid: str, room: str) -> None:
    """Add a socket to a room. Raises Unauthorized if it was closed meanwhile."""
    if socketio.server.manager.eio_sid_from_sid(sid, NAMESPACE) is None:
        raise Unauthorized()
    try:
        socketio.server.enter_room(sid, room, namespace=NAMESPACE)
    except (KeyError, ValueError):  # closed by another thread since
        raise Unauthorized() from None


def leave(sid: str, room: str) -> None:
    """Remove a socket from a room."""
    socketio.server.leave_room(sid, room, namespace=NAMESPACE)


def close(room: str) -> None:
    """Remove every socket from a room."""
    for sid in sockets(room):
        leave(sid, room)


def disconnect(room: str | None) -> None:
    """Close the connections of the sockets in a room; None: of all of them.

    What waits to be sent to them is dropped.
    """
    here = sockets(room)
    leaving = connections(here)
    for connection in leaving:
        connection.drop_backlog()
    for sid in here:
        socketio.server.disconnect(sid, namespace=NAMESPACE, ignore_queue=True)
    disconnecting.cut_who_stay(leaving)


def cut_if_slow(readers: list[Connection]) -> None:
    """Cut the connections that have not read, in a moment, what was sent so far."""
    disconnecting.cut_who_lag(readers)


def sockets(room: str | None) -> list[str]:
    """Return the ids of the sockets in a room; None: all of them."""
    manager = socketio.server.manager
    return [sid for sid, _transport in list(manager.get_participants(NAMESPACE, room))]


def is_connected(sid: str) -> bool:
    """Return whether a socket was accepted and is not being closed."""
    return bool(socketio.server.manager.is_connected(sid, NAMESPACE))


def is_sending() -> bool:
    """Return whether anything waits to be sent on any connection."""
    return any(each.waiting_bytes for each in connections(sockets(None)))


def handshake(sid: str) -> dict[str, Any]:
    """Return the environ of the request that opened a socket's connection; {} after its end."""
    return socketio.server.get_environ(sid, NAMESPACE) or {}


def connections(sids: list[str]) -> list[Connection]:
    """Return the connections beneath these sockets."""
    server = socketio.server
    sessions = [server.manager.eio_sid_from_sid(sid, NAMESPACE) for sid in sids]
    return [server.eio.sockets[session] for session in sessions if session in server.eio.sockets]
