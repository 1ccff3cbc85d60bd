"""From an HTTP request to a WebSocket: the handshake, alike in both async modes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from wsproto.utilities import generate_accept_token

from app.transport.websocket import WebSocket
from app.transport.wire import CONNECTION

ENDED = (b"",)  # returned, by identity, when a WebSocket's life is over
KEY_BYTES = 16

SWITCHING_PROTOCOLS = (
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: {}\r\n\r\n"
)


class ConnectionEnded(ConnectionError):
    """Tells the WSGI server that there is no response to write: the stream was a WebSocket's."""


class Upgrade:
    """What Engine.IO calls to make a WebSocket of a request and to let `handler` serve it."""

    def __init__(self, handler: Callable[[WebSocket], Any], engine: Any) -> None:
        self._handler = handler
        self._engine = engine

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve the WebSocket to its end, or refuse.

        Never returns a list: Engine.IO would take that for packets.
        """
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if CONNECTION not in environ or not _is_key(key) or not _is_current(environ):
            headers = [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")]
            start_response("426 Upgrade Required", headers)
            return iter([b""])
        sock = environ[CONNECTION]
        sock.sendall(
            SWITCHING_PROTOCOLS.format(generate_accept_token(key.encode()).decode()).encode()
        )
        limit = int(self._engine.max_http_buffer_size)
        ws = WebSocket(sock, limit, self._engine.sleep)
        try:
            self._handler(ws)
        finally:
            ws.close()
        return ENDED


def _is_current(environ: dict[str, Any]) -> bool:
    return environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False
