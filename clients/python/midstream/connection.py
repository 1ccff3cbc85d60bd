"""One connection to a server, whose events come in their order."""

from __future__ import annotations

import json
import queue
from functools import partial
from typing import Any

from socketio.exceptions import ConnectionError as NotConnected
from socketio.exceptions import SocketIOError

from midstream.access import Access, Refused, Unreachable
from midstream.ordered import OrderedClient

NAMESPACE = "/conversations"
PROTOCOL = 1
EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]
PASSING = {"rate_limited", "unavailable"}  # what may be asked again after a while
OPEN_SECONDS = 10.0
ACK_SECONDS = 10.0

Payload = dict[str, Any]


class _PlainJson:
    """By itself each emoji becomes 12 bytes of escapes, and a long question too large."""

    dumps = staticmethod(partial(json.dumps, ensure_ascii=False))
    loads = staticmethod(json.loads)


class Connection:
    """All that comes is put into `arrivals`: (event, data), ("ack", (request, answer)), and
    ("disconnect", None) at the end."""

    def __init__(self, access: Access) -> None:
        self.arrivals: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._access = access
        self._refusal: str | None = None
        self._socket = OrderedClient(json=_PlainJson)
        for event in EVENTS:
            self._socket.on(event, partial(self._arrive, event), namespace=NAMESPACE)
        self._socket.on("disconnect", self._end, namespace=NAMESPACE)
        self._socket.on("connect_error", self._refuse, namespace=NAMESPACE)

    def open(self) -> Connection:
        """Connect and sign in; raises Unreachable or Refused."""
        try:
            self._socket.connect(
                self._access.url,
                auth={"token": self._access.token, "protocol": PROTOCOL},
                transports=["websocket"],
                namespaces=[NAMESPACE],
                wait_timeout=OPEN_SECONDS,
            )
        except NotConnected:
            raise self._why() from None
        return self

    def request(self, event: str, payload: Payload) -> None:
        """Ask something of the server; the answer arrives as "ack"."""
        try:
            self._socket.emit(
                event, payload, NAMESPACE, callback=lambda ack: self._arrive("ack", (event, ack))
            )
        except SocketIOError:
            self._end()

    def ask(self, event: str, payload: Payload) -> Payload:
        """Ask something and wait for the answer; raises Unreachable or Refused."""
        self.request(event, payload)
        while True:
            try:
                what, said = self.arrivals.get(timeout=ACK_SECONDS)
            except queue.Empty:
                raise Unreachable() from None
            if what == "disconnect":
                raise Unreachable()
            if what == "ack" and said[0] == event:
                return accepted(said[1])

    def close(self) -> None:
        """Say goodbye and leave."""
        self._socket.disconnect()

    def abort(self) -> None:
        """Leave a connection on which nothing comes any more, not even an answer to a goodbye."""
        self._socket.cut()
        self._socket.eio.disconnect(abort=True)

    def _arrive(self, event: str, data: Any = None) -> None:
        self.arrivals.put((event, data))

    def _end(self, *_reason: Any) -> None:
        self._arrive("disconnect")

    def _refuse(self, why: Any = None) -> None:
        if isinstance(why, dict) and "message" in why:
            self._refusal = str(why["message"])

    def _why(self) -> Unreachable | Refused:
        if self._refusal is None or self._refusal in PASSING:
            return Unreachable()
        if self._refusal == "unauthorized":
            return Refused("unauthorized", "The server does not accept this token.")
        return Refused("protocol", self._refusal)


def accepted(ack: Payload) -> Payload:
    """Return an acknowledgement, or raise Refused."""
    if not ack["ok"]:
        raise Refused(ack["error"], ack["message"])
    return ack
