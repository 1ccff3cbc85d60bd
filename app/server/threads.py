"""The server of ASYNC_MODE=threading: werkzeug's, with limits for idle and for all connections."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app import database_failures
from app.outages import Outage
from app.server.http_requests import with_request_checks
from app.server.in_progress import Application
from app.server.listening import (
    ACCEPT_RETRY_SECONDS,
    CALM_SECONDS,
    ListeningStopped,
    ResilientListener,
)
from app.transport.connection_limit import ConnectionLimit
from app.transport.tcp import TCP_SOCKET

MAX_READ_BYTES = 1_000_000  # as much as Engine.IO or a page ever asks for
PIECE_BYTES = 65_536

logger = logging.getLogger(__name__)


def serve_with_threads(app: Flask, listener: Any, limit: ConnectionLimit) -> None:
    """Serve each connection in a thread: those that a socket accepts, or a Handover; until
    listening is stopped."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with suppress(ListeningStopped):
        LimitedServer(app, listener, limit).serve_forever()


class LimitedServer(ThreadedWSGIServer):
    """Serves each connection in a thread, as many as the limit allows."""

    def __init__(self, app: Flask, listener: Any, limit: ConnectionLimit) -> None:
        host, port = listener.getsockname()[:2]
        own = {
            "timeout": app.extensions["config"].silence_seconds,
            "handover": app.extensions.get("handover"),
        }
        handler = type("Handler", (Handler,), own)
        super().__init__(host, port, closed_when_written(app), handler, fd=listener.fileno())
        self.socket.close()  # a copy, which another class's `accept` would not know
        self.socket: Any = ResilientListener(listener)
        self._limit = limit
        self._outage = Outage("Serving connections", logger, CALM_SECONDS)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Return whether the limit allows another connection from this address."""
        return self._limit.acquire(client_address[0])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a connection's thread; refuse the connection where no thread can be started."""
        try:
            super().process_request(request, client_address)
            self._outage.recovered()
        except (RuntimeError, MemoryError):
            self._limit.release(client_address[0])
            self.shutdown_request(request)
            self._outage.failed("no thread can be started")
            time.sleep(ACCEPT_RETRY_SECONDS)  # some threads may end meanwhile

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log what was wrong with a request, unless the log has it already: without descriptors
        each request fails at its end."""
        if database_failures.note(sys.exception()) is None:
            super().log(type, message, *args)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._limit.release(client_address[0])


def closed_when_written(application: Application) -> Application:
    """Return the application, whose responses are closed as soon as they are written.

    By itself werkzeug's server first reads what the client may still send, and does not close the
    response of one that has reset the connection, as HAProxy does after each response.
    """

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = application(environ, start_response)
        try:
            yield from response
        finally:
            if hasattr(response, "close"):
                response.close()

    return serve


class Handler(with_request_checks(WSGIRequestHandler)):  # type: ignore[misc]
    """Serves one connection, and closes it after `timeout` seconds of inactivity."""

    timeout = 30.0

    def setup(self) -> None:
        """Prepare to read and to write."""
        super().setup()
        self.rfile: Any = PiecewiseReader(self.rfile)

    def make_environ(self) -> dict[str, Any]:
        """Add the TCP socket, for a WebSocket."""
        return {**super().make_environ(), TCP_SOCKET: self.connection}

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Read no further: what a WebSocket's peer still sends is not a request.

        By itself werkzeug's server takes it for one, and logs it.
        """
        self.close_connection = True


class PiecewiseReader:
    """Reads what a client sends in pieces of bounded size.

    By itself werkzeug's server reads ten megabytes at a time of a body that no page has read, and
    where the client has reset the connection it leaves the selector open with which it does so.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes; b"" at the end. Of a large number return fewer, and b"" for what can
        not be read."""
        if 0 <= size <= MAX_READ_BYTES:
            return bytes(self._stream.read(size))
        with suppress(OSError):
            return bytes(self._stream.read(PIECE_BYTES))
        return b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
