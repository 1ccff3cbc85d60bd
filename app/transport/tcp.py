"""The TCP connection beneath a request: how much the kernel keeps of it, and how it is reset.

By itself the kernel takes megabytes for a reader who doesn't read, which can't be taken back.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from contextlib import suppress
from typing import Any

TCP_SOCKET = "midstream.tcp_socket"  # where the WSGI server puts the socket of a request
RELEASE = "midstream.release"  # and what to call once the request has become a WebSocket
SEND_BUFFER_BYTES = 128 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def connection_of(environ: dict[str, Any]) -> socket.socket | None:
    """Return the TCP connection of a request, its send buffer limited; None without a server."""
    connection: socket.socket | None = environ.get(TCP_SOCKET)
    if connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return connection


def set_timeout(connection: Any, seconds: float) -> None:
    """Limit how long a call may wait to receive or to send; it then raises OSError.

    A socket of a thread gets the kernel's timeouts: with Python's own, each call first waits until
    the socket is ready, even if it is told not to wait. A green one has no other than its own.
    """
    if isinstance(connection, socket.SocketType):
        connection.settimeout(None)
        timeval = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)
    else:
        connection.settimeout(seconds)


def unsent_bytes(connection: socket.socket | None) -> int:
    """Return how many bytes the kernel holds that the peer has not acknowledged; Linux only."""
    if connection is None:
        return 0
    try:
        unsent = fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # it is closed
        return 0
    return int(struct.unpack("i", unsent)[0])


def reset(connection: socket.socket) -> None:
    """Reset a connection, whatever is being sent; wakes those who send or receive on it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.shutdown(socket.SHUT_RDWR)
