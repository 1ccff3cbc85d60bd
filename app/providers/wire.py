"""The connection of one answer, which can be cut from any thread at any moment.

Each answer has a client and a connection of its own: a pool's limit can't make one answer wait
for another, and cutting one can't hit another. Making a client takes 0.1 ms where the TLS context,
which takes 50, is shared; connecting anew takes a round trip or three, once an answer.

`socket.shutdown` wakes a read that waits in another thread, as `close` does not.
The HTTP library's trace hook hands over the socket as soon as it is connected, so this holds also
before the response's headers have come. Only the connecting itself can't be cut: its time limit
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

from app.providers.base import HungUp
from app.providers.time_limits import TimeLimits

# It logs every request's address, which may hold an operator's password.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def timeout(limits: TimeLimits) -> httpx2.Timeout:
    """Return the HTTP client's part of the limits; the watchdog has the others."""
    return httpx2.Timeout(None, connect=limits.connect)


class Wire:
    """An HTTP client for one request, and the means to cut it."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_cut = False

    def client(self) -> httpx2.Client:
        """Return the client. It follows no redirects: they'd take the key elsewhere."""
        return httpx2.Client(
            verify=_tls(),
            follow_redirects=False,
            limits=httpx2.Limits(max_keepalive_connections=0),  # a kept one is not announced
            timeout=timeout(self._limits),
            event_hooks={"request": [self._prepare]},
        )

    def cut(self) -> None:
        """Break the connection, or the one that is being made; safe to call again."""
        with self._lock:
            self.is_cut = True
            self._shut_down()

    def _prepare(self, request: httpx2.Request) -> None:
        if self.is_cut:
            raise HungUp
        request.extensions = {**request.extensions, "trace": self._trace}

    def _trace(self, event: str, details: Mapping[str, object]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connected(details["return_value"])
        elif event.endswith("response_closed.started"):
            self._let_go()

    def _connected(self, stream: object) -> None:
        assert isinstance(stream, httpcore2.NetworkStream)
        with self._lock:
            self._socket = stream.get_extra_info("socket")
            if self.is_cut:
                self._shut_down()

    def _let_go(self) -> None:
        """Forget the socket before it's closed: its number may be another's at once."""
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
