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
import time
from _thread import RLock
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from app.transport import tcp
from app.transport.frame_writer import FrameWriter

ENDED = (
    b"",
)  # returned, and recognized by identity, when a request was a WebSocket that has ended
KEY_BYTES = 16
RECEIVE_BYTES = 4096  # small: others get their turn after what was received has been handled
CLOSING_SECONDS = 1.0
MAX_UNREAD_BYTES = 256_000  # that wait for a peer before its next ping is answered
WAIT_SECONDS = 0.02
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
        tcp.set_timeout(connection, self._engine.ping_interval + self._engine.ping_timeout)
        connection.sendall(SWITCHING_PROTOCOLS.format(token).encode())
        if release := environ.pop(tcp.RELEASE, None):
            release()
        ws = WebSocket(connection, self._engine)
        try:
            self._handler(ws)
        finally:
            ws.finish()
        return ENDED


class WebSocket:
    """The server's side of an open WebSocket, of an Engine.IO server."""

    def __init__(self, connection: socket.socket, engine: Any) -> None:
        self.socket = connection
        self.writer = FrameWriter(connection, engine.backlog_bytes, engine.start_background_task)
        self._limit = engine.max_http_buffer_size  # of a whole message
        self._sleep = engine.sleep
        self._timeout = engine.ping_timeout
        self._protocol = Connection(ConnectionType.SERVER)
        self._closing = RLock()  # not green, like the writer's
        self._fragments = bytearray()
        self._messages: list[str | bytes] = []

    def wait(self) -> str | bytes | None:
        """Return the next message; None once the connection has ended. Raises OSError."""
        if self._messages:
            self._sleep(0)  # a peer that sends without a pause must not keep others waiting
        while not self._messages and self._is_open:
            self._sleep(0)  # nor must one whose messages come one by one
            data = self.socket.recv(RECEIVE_BYTES)
            if not data:
                return None
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._handle(event)
        if self._messages:
            return self._messages.pop(0)
        if self._protocol.state is not ConnectionState.CLOSED:
            self._discard_rest()
        return None

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Send a close frame, once, after what waits to be sent."""
        with self._closing:
            if self._protocol.state in CAN_CLOSE:
                self.writer.close(self._protocol.send(CloseConnection(code)))

    def fail(self, code: int) -> None:
        """Send a close frame at once; drop what waits to be sent."""
        self.writer.drop_backlog()
        self.close(code)

    def finish(self) -> None:
        """Close, and wait for a moment until the peer has taken what waits.

        The end of the request closes the TCP connection.
        """
        self.close()
        deadline = time.monotonic() + self._timeout
        while self.writer.waiting_bytes and time.monotonic() < deadline:
            self._sleep(WAIT_SECONDS)
        if self.writer.waiting_bytes:
            self.abort()

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
                self._answer(event)
            case CloseConnection():
                self.fail(event.code)  # the peer's own code, or wsproto's for a violation

    def _add_fragment(self, event: TextMessage | BytesMessage) -> None:
        data = event.data
        self._fragments += data.encode() if isinstance(data, str) else data
        if len(self._fragments) > self._limit:
            self._fragments.clear()
            self.fail(CloseReason.MESSAGE_TOO_BIG)
        elif event.message_finished:
            message = bytes(self._fragments)
            self._fragments.clear()
            self._messages.append(message.decode() if isinstance(data, str) else message)

    def _answer(self, ping: Ping) -> None:
        """Send a pong, and read no further while too much waits: pongs count, too."""
        with self._closing:
            if self._is_open and not self.writer.write(self._protocol.send(ping.response())):
                self.abort()
        while self._is_open and self.writer.waiting_bytes > MAX_UNREAD_BYTES:
            self._sleep(WAIT_SECONDS)

    def _discard_rest(self) -> None:
        """Read on for a moment. Closing with unread bytes would reset the connection, and the peer
        might never see why it was closed."""
        deadline = time.monotonic() + CLOSING_SECONDS
        tcp.set_timeout(self.socket, CLOSING_SECONDS)
        with suppress(OSError):
            while time.monotonic() < deadline and self.socket.recv(RECEIVE_BYTES):
                self._sleep(0)


def _is_current(environ: dict[str, Any]) -> bool:
    return environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False
