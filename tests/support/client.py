"""A Socket.IO client for tests: its events come in order, and it never reconnects by itself."""

from __future__ import annotations

import queue
import time
from contextlib import suppress
from functools import partial
from typing import Any

from app.models.share import PREFIX
from midstream.ordered_client import OrderedClient
from tests.support import asyncapi

NAMESPACE = "/conversations"
ACK_SECONDS = 20.0
GLANCE_SECONDS = 0.05
CLOSE_SECONDS = 0.05


class ConnectionLost(Exception):
    """An event was not acknowledged."""


class Client(OrderedClient):
    """One connection. Use it as a context manager, or close it.

    All that is sent and received is checked against docs/asyncapi.yaml.
    """

    ack_seconds = ACK_SECONDS
    """How long it waits for an acknowledgement."""

    def __init__(self, origin: str | None = None) -> None:
        """`origin` is the page's that connects; by default the server's own."""
        options = {"origin": origin} if origin else {}
        super().__init__(websocket_extra_options=options)

    def open(self, url: str, token: str | None = None, **headers: str) -> Client:
        """Connect over WebSocket; raises socketio's ConnectionError if refused.

        `token` may also be the secret of a share link.
        """
        kind = "share" if token and token.startswith(PREFIX) else "token"
        auth = {kind: token} if token else None
        asyncapi.watch_event("connect", auth or {})
        self.connect(
            url,
            headers=headers,
            auth=auth,
            transports=["websocket"],
            namespaces=[NAMESPACE],
            wait_timeout=self.ack_seconds,
        )
        # closing waits for the server's answer, which the reading thread gets
        self.eio.ws.close = partial(self.eio.ws.close, timeout=CLOSE_SECONDS)
        return self

    def ask(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Send an event and return its acknowledgement; raises ConnectionLost without one."""
        acks: queue.Queue[dict[str, Any]] = queue.Queue()
        self.emit(event, payload, NAMESPACE, callback=acks.put)
        deadline = time.monotonic() + self.ack_seconds
        while time.monotonic() < deadline and NAMESPACE in self.namespaces:
            with suppress(queue.Empty):
                ack = acks.get(timeout=GLANCE_SECONDS)
                asyncapi.watch_request(event, payload, ack)
                return ack
        raise ConnectionLost(event)

    def _handle_event(self, namespace: str, id: int | None, data: list[Any]) -> None:
        asyncapi.watch_event(*data)
        super()._handle_event(namespace, id, data)

    def _handle_error(self, namespace: str, data: Any) -> None:
        asyncapi.watch_event("connect_error", data)
        super()._handle_error(namespace, data)

    def cut(self) -> None:
        """Close the TCP connection without closing any protocol above it."""
        super().cut()
        self.close_socket()

    def close(self) -> None:
        """Disconnect properly."""
        self.disconnect()
        self.close_socket()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
