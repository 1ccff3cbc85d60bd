"""Against what the kernel keeps: megabytes, for one who doesn't read, that can't be taken back."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engineio import socket as stock

CONNECTION = "midstream.connection"  # where the WSGI server puts the request's TCP socket
SEND_BUFFER_BYTES = 128 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class OnAWire(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket that knows the TCP connection on which its packets leave."""

    wire: socket.socket | None = None

    def handle_get_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        """Answer a poll, or serve a WebSocket."""
        if wire := environ.get(CONNECTION):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self.wire = wire
        return super().handle_get_request(environ, start_response)

    @property
    def unsent_bytes(self) -> int:
        """Return how many bytes the kernel has taken and the peer hasn't."""
        try:
            answer = fcntl.ioctl(self.wire or -1, termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):  # it is closed
            return 0
        return int(struct.unpack("i", answer)[0])

    def abort_transport(self) -> None:
        """Reset the TCP connection where it is a WebSocket's, or a poll's that is not read; the
        next request on it may be a page's."""
        if self.wire and (self.upgraded or self.unsent_bytes):
            reset(self.wire)


def reset(sock: socket.socket) -> None:
    """Cut a connection, whatever is on its way; whoever sends or receives on it is woken."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        sock.shutdown(socket.SHUT_RDWR)
