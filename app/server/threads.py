"""The server of ASYNC_MODE=threading: werkzeug's, with limits for the silent and the many."""

from __future__ import annotations

import socket
import time
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app.server.accepting import PAUSE_SECONDS, PatientListener, SeldomReports
from app.server.http_requests import strict
from app.transport.crowds import Places
from app.transport.wire import CONNECTION

LARGEST_READ_BYTES = 1_000_000  # as much as Engine.IO or a page ever asks for
SIP_BYTES = 65_536


class Sips:
    """What a connection says, read in pieces that are not large.

    By itself werkzeug's server reads ten megabytes at a time of what nobody wants to have.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, or a part of them where that is very many; b"" at the end."""
        return bytes(self._stream.read(size if 0 <= size <= LARGEST_READ_BYTES else SIP_BYTES))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Handler(strict(WSGIRequestHandler)):  # type: ignore[misc]
    """Serves a connection, and gives up one that is silent for `timeout` seconds."""

    timeout = 30.0

    def setup(self) -> None:
        """Prepare to read and to write."""
        super().setup()
        self.rfile: Any = Sips(self.rfile)

    def make_environ(self) -> dict[str, Any]:
        """Add the TCP socket, for a WebSocket."""
        return {**super().make_environ(), CONNECTION: self.connection}

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Read no further: what a WebSocket's peer still says is not a request."""
        self.close_connection = True


class GuardedServer(ThreadedWSGIServer):
    """Serves each connection in a thread, and so many of each address."""

    def __init__(
        self, app: Flask, listener: socket.socket, silence_seconds: float, places: Places
    ) -> None:
        host, port = listener.getsockname()[:2]
        handler = type("Handler", (Handler,), {"timeout": silence_seconds})
        super().__init__(host, port, app, handler, fd=listener.fileno())
        self.socket: Any = PatientListener(self.socket)
        self._places = places
        self._reports = SeldomReports()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Refuse a connection of an address that has enough of them."""
        return self._places.take(client_address[0])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a connection's thread; the caller is refused where there can't be one more."""
        try:
            super().process_request(request, client_address)
        except (RuntimeError, MemoryError):
            self._places.leave(client_address[0])
            self.shutdown_request(request)
            self._reports.add("Connections can't be served: there can't be more threads.")
            time.sleep(PAUSE_SECONDS)  # some may end meanwhile

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end, and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.leave(client_address[0])
