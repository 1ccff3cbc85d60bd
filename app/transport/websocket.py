"""One WebSocket for both async modes, in place of the two that the stock stack brings.

Of those, one limits frames but not messages, so that fragments fill the memory; one reads ahead
without limit; both agree to compression, and so to bombs; and one answers broken text with an
HTTP response in the middle of the stream. Here wsproto speaks the protocol (RFC 6455), no
extension is offered, a message has a limit as a whole, and what breaks the rules is told why.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from app.transport.wire import reset

RECEIVE_BYTES = 4096  # small: what has been received is worked off before others get their turn
GOODBYE_SECONDS = 1.0
CAN_CLOSE = (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)


class WebSocket:
    """An open WebSocket on the server's side: what Engine.IO asks of one, and `abort`.

    `limit` is the most bytes that a whole message may have; `rest` gives others their turn.
    """

    def __init__(self, sock: socket.socket, limit: int, rest: Callable[[], None]) -> None:
        self._sock = sock  # Engine.IO sets its timeout, and finds it by this name
        self._limit = limit
        self._rest = rest
        self._protocol = Connection(ConnectionType.SERVER)
        self._sending = Lock()
        self._gathered = bytearray()
        self._messages: deque[str | bytes] = deque()

    def wait(self) -> str | bytes | None:
        """Return the next message; None once the connection has ended. Raises OSError."""
        self._rest()  # who sends without a pause must not keep the others waiting
        while not self._messages and self._is_open:
            self._rest()
            data = self._sock.recv(RECEIVE_BYTES)
            if not data:
                return None
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._take(event)
        if self._messages:
            return self._messages.popleft()
        if self._protocol.state is not ConnectionState.CLOSED:
            self._hear_out()
        return None

    def send(self, message: str | bytes) -> None:
        """Send a message whole; raises OSError once that can't be."""
        self._write(_frame(message))

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Say goodbye, once; the rest of the connection ends with its request."""
        with self._sending, suppress(OSError):
            if self._protocol.state in CAN_CLOSE:
                self._sock.sendall(self._protocol.send(CloseConnection(code)))
                self._sock.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Cut the connection, whatever is on its way; whoever sends or receives is woken."""
        reset(self._sock)

    @property
    def _is_open(self) -> bool:
        return self._protocol.state is ConnectionState.OPEN

    def _take(self, event: Event) -> None:
        match event:
            case _ if not self._is_open and not isinstance(event, CloseConnection):
                pass  # what comes after a goodbye is not looked at
            case TextMessage() | BytesMessage():
                self._gather(event)
            case Ping():
                self._write(self._protocol.send(event.response()))
            case CloseConnection():
                self.close(event.code)  # the peer's own code, or what wsproto found wrong

    def _gather(self, event: TextMessage | BytesMessage) -> None:
        data = event.data
        self._gathered += data.encode() if isinstance(data, str) else data
        if len(self._gathered) > self._limit:
            self._gathered.clear()
            self.close(CloseReason.MESSAGE_TOO_BIG)
        elif event.message_finished:
            whole = bytes(self._gathered)
            self._gathered.clear()
            self._messages.append(whole.decode() if isinstance(data, str) else whole)

    def _write(self, data: bytes) -> None:
        with self._sending:
            if not self._is_open:
                raise BrokenPipeError("the WebSocket is closing")
            self._sock.sendall(data)

    def _hear_out(self) -> None:
        """Read on for a moment. Closing with unread bytes would reset the connection, and the
        peer might never see why it was closed."""
        deadline = time.monotonic() + GOODBYE_SECONDS
        self._sock.settimeout(GOODBYE_SECONDS)
        with suppress(OSError):
            while time.monotonic() < deadline and self._sock.recv(RECEIVE_BYTES):
                self._rest()


def _frame(message: str | bytes) -> bytes:
    """Return a message as one frame. wsproto's own way takes twice as long, and this is done for
    each chunk and each reader."""
    first, data = (0x81, message.encode()) if isinstance(message, str) else (0x82, message)
    length = len(data)
    if length < 126:
        return struct.pack("!BB", first, length) + data
    if length < 65536:
        return struct.pack("!BBH", first, 126, length) + data
    return struct.pack("!BBQ", first, 127, length) + data
