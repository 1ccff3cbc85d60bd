"""What goes out of a session: to its WebSocket at once, or from a queue by a poll."""

from __future__ import annotations

import socket
from _thread import RLock
from contextlib import suppress
from typing import Any

from engineio.exceptions import SocketIsClosedError
from engineio.packet import Packet
from engineio.socket import Socket as EngineIOSocket

from app import counts
from app.transport import tcp
from app.transport.frame_writer import FrameWriter
from app.transport.frames import frame_of
from app.transport.websocket import WebSocket


class SendingSession(EngineIOSocket):  # type: ignore[misc]  # engineio has no types
    """The sending half of a session.

    What is sent waits in the queue until a poll takes it; a WebSocket's writer has it at once. What
    waits has a budget. A reader over its budget is cut off; it comes back and catches up from the
    database. By itself Engine.IO keeps everything in memory.

    Its server has `backlog_bytes`, the budget for what waits to be sent to one reader, queues that
    count (`backlog.counting_queue`), and `writers`, those of the open WebSockets by session id.
    """

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.connected: bool
        self.upgraded: bool
        self._ws: WebSocket | None = None
        self._writer: FrameWriter | None = None  # of the WebSocket, once packets leave there
        self._upgrade_lock = RLock()  # not green: nothing yields while it is held
        self._poll_tcp: socket.socket | None = None  # the connection of the latest poll
        self._being_written = 0  # bytes of packets that a poll has taken from the queue
        self._is_cut = False

    @property
    def waiting_bytes(self) -> int:
        """Return how many bytes of the budget are used: by the queue, by what a WebSocket has yet
        to write, and by a poll's response that is being written."""
        in_writer = self._writer.waiting_bytes if self._writer else 0
        return int(self.queue.waiting_bytes) + self._being_written + in_writer

    @property
    def put_bytes(self) -> int:
        """Return how many bytes have ever waited for this reader."""
        return int(self.queue.put_bytes) + (self._writer.put_bytes if self._writer else 0)

    def bytes_left(self, put_bytes: int) -> int:
        """Return how many of the first `put_bytes` bytes that waited have not reached the reader's
        machine. What is just being written counts only as far as the kernel has it.
        """
        taken = int(self.queue.taken_bytes) + (self._writer.taken_bytes if self._writer else 0)
        return max(0, put_bytes - taken + tcp.unsent_bytes(self._tcp))

    def send(self, pkt: Packet) -> None:
        """Write a packet to the WebSocket, or queue it for a poll; to a closed session nothing.

        By itself Engine.IO raises an error for a closed one: readers after it would get nothing.
        """
        if self._writer:
            self._write(self._writer, pkt)
        else:
            with suppress(SocketIsClosedError):
                if self.check_ping_timeout():
                    self._queue(pkt)

    def _queue(self, pkt: Packet) -> None:
        with self._upgrade_lock:
            if self._writer:
                self._write(self._writer, pkt)
            elif self.waiting_bytes + self.queue.counted(pkt) > self.server.backlog_bytes:
                self._cut_soon()
            elif not self._is_cut:  # nothing may come after what had no room
                self.queue.put(pkt)

    def _write(self, writer: FrameWriter, pkt: Packet) -> None:
        if not writer.write(frame_of(pkt)):
            self._cut_soon()

    def _cut_soon(self) -> None:
        """Cut the connection in a task of its own: the sender has other readers to send to."""
        if not self._is_cut:
            self._is_cut = True
            counts.SLOW_READERS.value += 1
            self.server.start_background_task(self.cut)

    def poll(self) -> list[Packet]:
        """Take everything from the queue, for one poll.

        A caller calls this again only after it has written what the last call returned.
        """
        self._note_written()
        packets: list[Packet] = super().poll()
        self._being_written = sum(map(self.queue.counted, packets))
        return packets

    def _note_written(self) -> None:
        self._being_written = 0

    def drop_backlog(self) -> None:
        """Remove everything that waits."""
        self._take_all()
        if self._writer:
            self._writer.drop_backlog()

    def _take_all(self) -> list[Packet]:
        """Remove everything from the queue, and return its packets."""
        packets = []
        try:
            while True:
                packets.append(self.queue.get(block=False))
        except self.server.get_queue_empty_exception():
            return [packet for packet in packets if packet]  # None marks the end

    def send_by(self, writer: FrameWriter) -> None:
        """Upgrade: from now on write to a WebSocket, first what is in the queue."""
        with self._upgrade_lock:
            for packet in self._take_all():
                self._write(writer, packet)
            self.upgraded = True
            self._writer = self.server.writers[self.sid] = writer  # now also without the lock

    def cut(self) -> None:
        """End the session and its connection, whatever is being sent.

        The connection of a poll is reset only while a response is being sent: its next request may
        be for a page.
        """
        self._is_cut = True
        connection = self._tcp
        if connection and (self.upgraded or tcp.unsent_bytes(connection)):
            tcp.reset(connection)
        self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    @property
    def _tcp(self) -> socket.socket | None:
        """The TCP connection on which packets leave."""
        if not self.upgraded:
            return self._poll_tcp
        ws = self._ws
        return ws.socket if ws else None
