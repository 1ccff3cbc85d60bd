"""WebSockets: the handshake, and the open connection, alike in both async modes.

They replace the two implementations that Engine.IO comes with. Of those, one limits frames but not
messages, so that fragments fill the memory; one reads ahead without limit; both agree to
compression, and so to messages that unpack to gigabytes; and one answers malformed text with an
HTTP response in the middle of the stream. Here wsproto speaks the protocol (RFC 6455), no
extension is offered, a message has a limit as a whole, and a violation is answered with its code.
"""

from __future__ import annotations

import base64
import binascii
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import Any

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from app.transport import tcp

ENDED = (
    b"",
)  # returned, and recognized by identity, when a request was a WebSocket that has ended
KEY_BYTES = 16
RECEIVE_BYTES = 4096  # small: others get their turn after what was received has been handled
CLOSING_SECONDS = 1.0
CAN_CLOSE = (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)

SWITCHING_PROTOCOLS = (
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: {}\r\n\r\n"
)


class ConnectionEnded(ConnectionError):
    """Tells the WSGI server to write no response: the stream was a WebSocket's."""


class WebSocketApp:
    """What Engine.IO calls to turn a request into a WebSocket that `handler` serves."""

    def __init__(self, handler: Callable[[WebSocket], Any], engine: Any) -> None:
        self._handler = handler
        self._engine = engine

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve the WebSocket to its end and return ENDED, or refuse the request.

        Never returns a list: Engine.IO would take it for packets.
        """
        connection = tcp.connection_of(environ)
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if connection is None or not _is_key(key) or not _is_current(environ):
            headers = [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")]
            start_response("426 Upgrade Required", headers)
            return iter([b""])
        token = generate_accept_token(key.encode()).decode()
        connection.sendall(SWITCHING_PROTOCOLS.format(token).encode())
        limit = int(self._engine.max_http_buffer_size)
        ws = WebSocket(connection, limit, self._engine.sleep)
        try:
            self._handler(ws)
        finally:
            ws.close()
        return ENDED


class WebSocket:
    """The server's side of an open WebSocket: what Engine.IO needs of one, and `abort`.

    `limit` is how many bytes a whole message may have; `give_turn` lets other connections run.
    """

    def __init__(
        self, connection: socket.socket, limit: int, give_turn: Callable[[], None]
    ) -> None:
        self.socket = connection  # by this name Engine.IO finds it and sets its timeout
        self._limit = limit
        self._give_turn = give_turn
        self._protocol = Connection(ConnectionType.SERVER)
        self._sending = Lock()
        self._fragments = bytearray()
        self._messages: deque[str | bytes] = deque()

    def wait(self) -> str | bytes | None:
        """Return the next message; None once the connection has ended. Raises OSError."""
        self._give_turn()  # a peer that sends without a pause must not keep others waiting
        while not self._messages and self._is_open:
            self._give_turn()
            data = self.socket.recv(RECEIVE_BYTES)
            if not data:
                return None
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._handle(event)
        if self._messages:
            return self._messages.popleft()
        if self._protocol.state is not ConnectionState.CLOSED:
            self._discard_rest()
        return None

    def send(self, message: str | bytes) -> None:
        """Send a message whole; raises OSError where that can't be."""
        self._write(encode_frame(message))

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Send a close frame, once. The request's end closes the TCP connection."""
        with self._sending, suppress(OSError):
            if self._protocol.state in CAN_CLOSE:
                self.socket.sendall(self._protocol.send(CloseConnection(code)))
                self.socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Reset the connection, whatever is being sent; wakes those who send or receive on it."""
        tcp.reset(self.socket)

    @property
    def _is_open(self) -> bool:
        return self._protocol.state is ConnectionState.OPEN

    def _handle(self, event: Event) -> None:
        match event:
            case _ if not self._is_open and not isinstance(event, CloseConnection):
                pass  # what comes after a close frame is ignored
            case TextMessage() | BytesMessage():
                self._add_fragment(event)
            case Ping():
                self._write(self._protocol.send(event.response()))
            case CloseConnection():
                self.close(event.code)  # the peer's own code, or wsproto's for a violation

    def _add_fragment(self, event: TextMessage | BytesMessage) -> None:
        data = event.data
        self._fragments += data.encode() if isinstance(data, str) else data
        if len(self._fragments) > self._limit:
            self._fragments.clear()
            self.close(CloseReason.MESSAGE_TOO_BIG)
        elif event.message_finished:
            message = bytes(self._fragments)
            self._fragments.clear()
            self._messages.append(message.decode() if isinstance(data, str) else message)

    def _write(self, data: bytes) -> None:
        with self._sending:
            if not self._is_open:
                raise BrokenPipeError("the WebSocket is closing")
            self.socket.sendall(data)

    def _discard_rest(self) -> None:
        """Read on for a moment. Closing with unread bytes would reset the connection, and the peer
        might never see why it was closed."""
        deadline = time.monotonic() + CLOSING_SECONDS
        self.socket.settimeout(CLOSING_SECONDS)
        with suppress(OSError):
            while time.monotonic() < deadline and self.socket.recv(RECEIVE_BYTES):
                self._give_turn()


def encode_frame(message: str | bytes) -> bytes:
    """Return a message as one unmasked frame (RFC 6455, 5.2).

    wsproto takes twice as long, and this is done for each chunk and each reader.
    """
    first, data = (0x81, message.encode()) if isinstance(message, str) else (0x82, message)
    length = len(data)
    if length < 126:
        return struct.pack("!BB", first, length) + data
    if length < 65536:
        return struct.pack("!BBH", first, 126, length) + data
    return struct.pack("!BBQ", first, 127, length) + data


def _is_current(environ: dict[str, Any]) -> bool:
    return environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False
