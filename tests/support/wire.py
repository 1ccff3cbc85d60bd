"""A Socket.IO client for tests: in order, without surprises, and easy to cut off."""

from __future__ import annotations

import queue
import time
from contextlib import suppress
from functools import partial
from typing import Any

from midstream.ordered_client import OrderedClient
from tests.support import asyncapi

NAMESPACE = "/conversations"
ANSWER_SECONDS = 20.0
GLANCE_SECONDS = 0.05
GOODBYE_SECONDS = 0.05


class ConnectionLost(Exception):
    """The answer to an event did not come."""


class Client(OrderedClient):
    """One connection; it never comes back by itself. Use it as a context manager, or close it.

    All that goes over it is held against docs/asyncapi.yaml.
    """

    patience = ANSWER_SECONDS
    """How many seconds it waits for an answer."""

    def __init__(self, origin: str | None = None) -> None:
        """`origin`: of the page that connects; by default it is the server's own."""
        options = {"origin": origin} if origin else {}
        super().__init__(websocket_extra_options=options)

    def open(self, url: str, token: str | None = None, **headers: str) -> Client:
        """Connect over WebSocket; socketio's ConnectionError where that is refused."""
        auth = {"token": token} if token else None
        asyncapi.watch_event("connect", auth or {})
        self.connect(
            url,
            headers=headers,
            auth=auth,
            transports=["websocket"],
            namespaces=[NAMESPACE],
            wait_timeout=self.patience,
        )
        # closing waits for the server's answer, which the reading thread gets
        self.eio.ws.close = partial(self.eio.ws.close, timeout=GOODBYE_SECONDS)
        return self

    def ask(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Send an event and return its acknowledgement; ConnectionLost when it can't come."""
        acks: queue.Queue[dict[str, Any]] = queue.Queue()
        self.emit(event, payload, NAMESPACE, callback=acks.put)
        deadline = time.monotonic() + self.patience
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
        """Lose the network: the TCP connection goes, without a word of any protocol above."""
        super().cut()
        self.close_socket()

    def close(self) -> None:
        """Say goodbye and leave."""
        self.disconnect()
        self.close_socket()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
