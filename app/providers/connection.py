"""The HTTP connection of one answer, which can be cancelled from any thread at any time.

Each answer has its own client and connection: a pool's limit can't make one answer wait for
another, and cancelling one can't affect another. A client costs 0.1 ms if the TLS context, which
costs 50 ms, is shared; connecting costs one to three round trips per answer.

`socket.shutdown` wakes a read that waits in another thread, as `close` does not.
The HTTP library's trace hook hands over the socket as soon as it is connected, so this holds also
before the response's headers have come. Only connecting can't be cancelled: its time limit
ends it.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress

import httpcore2
import httpx2

from app.providers.base import Cancelled
from app.providers.time_limits import TimeLimits

# It logs every request's address, which may hold an operator's password.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def timeout(limits: TimeLimits) -> httpx2.Timeout:
    """Return the HTTP client's part of the limits; the watchdog keeps the others."""
    return httpx2.Timeout(None, connect=limits.connect)


class Connection:
    """An HTTP client for one request that can be cancelled."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_cancelled = False

    def client(self) -> httpx2.Client:
        """Return the client. It follows no redirects: they'd take the key elsewhere."""
        return httpx2.Client(
            verify=_tls(),
            follow_redirects=False,
            limits=httpx2.Limits(max_keepalive_connections=0),  # a kept one is not announced
            timeout=timeout(self._limits),
            event_hooks={"request": [self._prepare]},
        )

    def cancel(self) -> None:
        """Shut down the connection, also one that is being made; safe to call again."""
        with self._lock:
            self.is_cancelled = True
            self._shut_down()

    def _prepare(self, request: httpx2.Request) -> None:
        if self.is_cancelled:
            raise Cancelled
        request.extensions = {**request.extensions, "trace": self._trace}

    def _trace(self, event: str, details: Mapping[str, object]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connected(details["return_value"])
        elif event.endswith("response_closed.started"):
            self._forget()

    def _connected(self, stream: object) -> None:
        assert isinstance(stream, httpcore2.NetworkStream)
        with self._lock:
            self._socket = stream.get_extra_info("socket")
            if self.is_cancelled:
                self._shut_down()

    def _forget(self) -> None:
        """Forget the socket before it's closed: its number may be another's at once."""
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
