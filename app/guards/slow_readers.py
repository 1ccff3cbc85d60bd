"""Against readers who ask and don't read: what waits for them would fill the memory.

A connection has a budget of bytes that wait to be sent. Over it, it is cut: its reader comes
back and catches up from the database. And who has not taken the earlier answers is not answered
yet: while more than a page waits, the reader's next event is not handled, and over WebSocket not
even read.
"""

from __future__ import annotations

from typing import Any

from engineio import packet
from engineio import socket as stock

from app.guards.websocket import WebSocket

MAX_UNREAD_BYTES = 256_000
OBJECT_BYTES = 256  # of memory that even an empty packet takes
POLL_SECONDS = 0.02


def measured(queue: type[Any], budget: int) -> type[Any]:
    """Return a queue that knows how many bytes wait in it, from the async mode's own.

    A packet counts for half of the budget at most, so that one message which is larger than
    the budget still reaches a reader who does read.
    """

    def size(item: packet.Packet | None) -> int:
        return min(_size(item), budget // 2)

    class Backlog(queue):  # type: ignore[misc]
        waiting_bytes = 0

        def _put(self, item: packet.Packet | None) -> None:
            super()._put(item)
            self.waiting_bytes += size(item)

        def _get(self) -> packet.Packet | None:
            item = super()._get()
            self.waiting_bytes -= size(item)
            return item

    return Backlog


class LimitedBacklog(stock.Socket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO socket whose queue has a budget, `server.backlog_bytes`.

    What a WebSocket is just writing is one packet, and isn't counted.
    """

    ws: WebSocket | None = None
    _is_cut = False

    def send(self, pkt: packet.Packet) -> None:
        """Queue a packet; or cut the connection if too much waits already."""
        if self._is_cut:
            return
        if self.queue.waiting_bytes <= self.server.backlog_bytes:
            super().send(pkt)
            return
        self._is_cut = True
        self.server.start_background_task(self._cut)  # the sender has others to send to

    def receive(self, pkt: packet.Packet) -> None:
        """Take a packet in, once the peer has taken what it asked for before."""
        if pkt.packet_type != packet.PONG:
            while self.queue.waiting_bytes > MAX_UNREAD_BYTES and not self.closed:
                self.server.sleep(POLL_SECONDS)
        super().receive(pkt)

    def poll(self) -> list[packet.Packet]:
        """Take what is sent next from the queue: all for a poll, one packet for a WebSocket."""
        if not self.upgraded:
            return super().poll()  # type: ignore[no-any-return]
        patience = self.server.ping_interval + self.server.ping_timeout
        try:
            next_packet = self.queue.get(timeout=patience)
        except self.server.get_queue_empty_exception():
            return []
        return [next_packet] if next_packet else []

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close the session; with `abort`, what waits to be sent is dropped."""
        if abort and not self.closing:
            self._drop_backlog()
        super().close(wait=wait, abort=abort, reason=reason)

    def _cut(self) -> None:
        if self.ws:
            self.ws.abort()
        self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    def _drop_backlog(self) -> None:
        try:
            while True:
                self.queue.get(block=False)
        except self.server.get_queue_empty_exception():
            pass


def _size(item: packet.Packet | None) -> int:
    if item is None:
        return 0
    if item.binary:
        return OBJECT_BYTES + len(item.data)
    text: str = item.encode()  # engineio keeps it: a broadcast is encoded once
    return OBJECT_BYTES + (len(text) if text.isascii() else len(text.encode()))
