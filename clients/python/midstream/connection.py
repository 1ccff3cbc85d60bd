"""One connection to a server, and reconnecting to it."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from socketio.exceptions import ConnectionError as NotConnected
from socketio.exceptions import SocketIOError

from midstream.access import TRANSIENT, Access, Refused, Unreachable
from midstream.backoff import Backoff
from midstream.ordered_client import OrderedClient

NAMESPACE = "/conversations"
PROTOCOL = 1
EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]
OPEN_SECONDS = 10.0
ACK_SECONDS = 10.0
RECONNECT_SECONDS = 120.0
SHORTEST_DELAY_SECONDS = 0.25

Payload = dict[str, Any]


class _PlainJson:
    """By default each emoji is escaped to 12 bytes, which makes a long question too large."""

    dumps = staticmethod(partial(json.dumps, ensure_ascii=False))
    loads = staticmethod(json.loads)


class Connection:
    """The queue `incoming` gets (event, data), ("ack", (request, acknowledgement)), and at the end
    ("disconnect", None). `conversation` is the one that is to be followed, if there is one."""

    def __init__(self, access: Access, conversation: str = "") -> None:
        self.incoming: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._access = access
        self._conversation = conversation
        self._refusal: str | None = None
        self._socket = OrderedClient(json=_PlainJson)
        for event in EVENTS:
            self._socket.on(event, partial(self._receive, event), namespace=NAMESPACE)
        self._socket.on("disconnect", self._disconnected, namespace=NAMESPACE)
        self._socket.on("connect_error", self._refused, namespace=NAMESPACE)

    def open(self) -> Connection:
        """Connect and sign in; raises Unreachable or Refused."""
        # A proxy may bring the readers of a conversation together by the query.
        query = f"?{urlencode({'conversation': self._conversation})}" if self._conversation else ""
        try:
            self._socket.connect(
                self._access.url + query,
                auth={"token": self._access.token, "protocol": PROTOCOL},
                transports=["websocket"],
                socketio_path=f"{urlsplit(self._access.url).path}/socket.io",
                namespaces=[NAMESPACE],
                wait_timeout=OPEN_SECONDS,
            )
        except NotConnected:
            raise self._error() from None
        return self

    def request(self, event: str, payload: Payload) -> None:
        """Send a request; its acknowledgement arrives as "ack"."""
        try:
            self._socket.emit(
                event, payload, NAMESPACE, callback=lambda ack: self._receive("ack", (event, ack))
            )
        except SocketIOError:
            self._disconnected()

    def ask(self, event: str, payload: Payload) -> Payload:
        """Send a request and return its acknowledgement; raises Unreachable or Refused."""
        self.request(event, payload)
        while True:
            try:
                received, data = self.incoming.get(timeout=ACK_SECONDS)
            except queue.Empty:
                raise Unreachable() from None
            if received == "disconnect":
                raise Unreachable()
            if received == "ack" and data[0] == event:
                return accepted(data[1])

    def close(self) -> None:
        """Disconnect."""
        self._socket.disconnect()

    def abort(self) -> None:
        """Drop a connection that is silent, and would not answer a DISCONNECT packet either."""
        self._socket.cut()
        self._socket.eio.disconnect(abort=True)

    def _receive(self, event: str, data: Any = None) -> None:
        self.incoming.put((event, data))

    def _disconnected(self, *_reason: Any) -> None:
        self._receive("disconnect")

    def _refused(self, data: Any = None) -> None:
        if isinstance(data, dict) and "message" in data:
            self._refusal = str(data["message"])

    def _error(self) -> Unreachable | Refused:
        if self._refusal is None or self._refusal in TRANSIENT:
            return Unreachable()
        if self._refusal == "unauthorized":
            return Refused("unauthorized", "The server does not accept this token.")
        return Refused("protocol", self._refusal)


def accepted(ack: Payload) -> Payload:
    """Return an acknowledgement, or raise Refused."""
    if not ack["ok"]:
        raise Refused(ack["error"], ack["message"])
    return ack


def reconnect(connect: Callable[[], Connection]) -> Connection:
    """Connect to a server that may be away for a while; raises Unreachable after two minutes."""
    deadline, backoff = time.monotonic() + RECONNECT_SECONDS, Backoff(SHORTEST_DELAY_SECONDS)
    while time.monotonic() < deadline:
        backoff.increase()
        time.sleep(backoff.jittered())
        try:
            return connect()
        except Unreachable:
            continue
    raise Unreachable()
