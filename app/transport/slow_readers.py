"""Against readers who ask and don't read: what waits for them would fill the memory.

A connection has a budget of bytes that wait to be sent. Over it, it is cut: its reader comes
back and catches up from the database. And who has not taken the earlier answers is not answered
yet: while more than a page waits, the reader's next event is not handled, and over WebSocket not
even read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engineio import packet
from engineio.exceptions import SocketIsClosedError

from app.transport.overlapping_polls import ON_WRITTEN
from app.transport.wire import OnAWire

MAX_UNREAD_BYTES = 256_000
POLL_SECONDS = 0.02


class LimitedBacklog(OnAWire):
    """An Engine.IO socket with a budget, `server.backlog_bytes`, for what waits in its queue and
    what was taken from there to be written: a poll's whole answer, a WebSocket's one packet."""

    _is_cut = False
    _leaving_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        """Return how many bytes of the budget are used up."""
        return int(self.queue.waiting_bytes) + self._leaving_bytes

    def send(self, pkt: packet.Packet) -> None:
        """Queue a packet; or cut the connection if too much waits with it."""
        if self._is_cut:
            return
        if self.waiting_bytes + self.queue.counted(pkt) <= self.server.backlog_bytes:
            super().send(pkt)
            return
        self._is_cut = True
        self.server.start_background_task(self.cut)  # the sender has others to send to

    def receive(self, pkt: packet.Packet) -> None:
        """Take a packet in, once the peer has taken what it asked for before.

        Raises SocketIsClosedError where the session has ended: nothing is done for it any more.
        """
        if pkt.packet_type != packet.PONG:
            while self.waiting_bytes > MAX_UNREAD_BYTES and not self.closed:
                self.server.sleep(POLL_SECONDS)
        if self.closing:
            raise SocketIsClosedError
        super().receive(pkt)

    def handle_get_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        """Answer a poll, or serve a WebSocket; a poll's answer waits until it is written."""
        environ[ON_WRITTEN].append(self._has_written)
        return super().handle_get_request(environ, start_response)

    def poll(self) -> list[packet.Packet]:
        """Take what is sent next from the queue: all for a poll, one packet for a WebSocket, which
        has written the one before."""
        self._has_written()
        packets = self._next_packet() if self.upgraded else super().poll()
        self._leaving_bytes = sum(map(self.queue.counted, packets))
        return packets

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close the session; with `abort`, what waits to be sent is dropped."""
        if abort and not self.closing:
            self.drop_backlog()
        super().close(wait=wait, abort=abort, reason=reason)

    def cut(self) -> None:
        """End the connection at once, whatever is on its way."""
        self._is_cut = True
        self.abort_transport()
        self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    def drop_backlog(self) -> None:
        """Let go of all that waits to be sent."""
        try:
            while True:
                self.queue.get(block=False)
        except self.server.get_queue_empty_exception():
            pass

    def bytes_left(self, put_bytes: int) -> int:
        """Return how many are on their way of the bytes that were first put into the queue."""
        waiting: int = put_bytes - self.queue.taken_bytes
        return max(0, waiting + self.unsent_bytes)

    def _next_packet(self) -> list[packet.Packet]:
        patience = self.server.ping_interval + self.server.ping_timeout
        try:
            next_packet = self.queue.get(timeout=patience)
        except self.server.get_queue_empty_exception():
            return []
        return [next_packet] if next_packet else []

    def _has_written(self) -> None:
        self._leaving_bytes = 0
