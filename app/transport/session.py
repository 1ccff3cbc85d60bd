"""One reader's Engine.IO session, with bounds on its memory, its waits and its connections.

Every method of Engine.IO that this package changes is overridden here, once. Each docstring says
what Engine.IO does by itself where that is the reason. What belongs to one transport is in
`polling` and `websocket`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from engineio.exceptions import EngineIOError, SocketIsClosedError
from engineio.packet import NOOP, PING, PONG, Packet
from engineio.socket import Socket as EngineIOSocket
from wsproto.frame_protocol import CloseReason

from app.transport import tcp
from app.transport.polling import ON_WRITTEN, OneAtATime, is_upgrade
from app.transport.websocket import WebSocket

MAX_UNREAD_BYTES = 256_000
BACKLOG_CHECK_SECONDS = 0.02


class Session(EngineIOSocket):  # type: ignore[misc]  # engineio has no types
    """An Engine.IO session (which Engine.IO calls a socket).

    Its server has `backlog_bytes`, the budget for what waits to be sent to one reader, and queues
    that count (`backlog.counting_queue`).
    """

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.last_ping: float | None = time.monotonic()  # of the ping that has no pong yet
        self._polls = OneAtATime("poll")
        self._posts = OneAtATime("post")
        self._poll_tcp: socket.socket | None = None  # the connection of the latest poll
        self._ws: WebSocket | None = None
        self._ws_lock = Lock()
        self._being_written = 0  # bytes of packets that have left the queue
        self._is_cut = False

    # Pings. They are timed by the monotonic clock: by itself Engine.IO disconnects everybody when
    # the machine's clock is set forward.

    def check_ping_timeout(self) -> bool:
        """Return whether the reader still answers pings; close the session if it doesn't.

        Raises SocketIsClosedError where it is closed already.
        """
        if self.closed:
            raise SocketIsClosedError
        last_ping = self.last_ping
        if last_ping is None or time.monotonic() - last_ping <= self.server.ping_timeout:
            return True
        self.close(wait=False, reason=self.server.reason.PING_TIMEOUT)
        return False

    def _send_ping(self) -> None:
        self.server.sleep(self.server.ping_interval)
        if not self.closing and not self.closed:
            self.last_ping = time.monotonic()
            self.send(Packet(PING))

    # What waits to be sent has a budget. A reader over its budget is cut off; it comes back and
    # catches up from the database. By itself Engine.IO keeps everything in memory.

    @property
    def waiting_bytes(self) -> int:
        """Return how many bytes of the budget are used: by the queue, and by what is just being
        written from it, which is a poll's whole response or a WebSocket's one packet."""
        return int(self.queue.waiting_bytes) + self._being_written

    def bytes_left(self, put_bytes: int) -> int:
        """Return how many of the first `put_bytes` bytes of the queue have not reached the reader's
        machine. What a poll or WebSocket is just writing counts only as far as the kernel has it.
        """
        in_queue: int = put_bytes - self.queue.taken_bytes
        return max(0, in_queue + tcp.unsent_bytes(self._tcp))

    def send(self, pkt: Packet) -> None:
        """Queue a packet; cut the connection if the budget has no room for it.

        By itself Engine.IO raises an error where the session was closed a moment ago: then a
        broadcast would not reach the readers that come after this one.
        """
        if self._is_cut:
            return
        if self.waiting_bytes + self.queue.counted(pkt) <= self.server.backlog_bytes:
            with suppress(SocketIsClosedError):
                super().send(pkt)
            return
        self._is_cut = True
        self.server.start_background_task(self.cut)  # the sender has other readers to send to

    def poll(self) -> list[Packet]:
        """Take what is sent next from the queue: everything for a poll, one packet for a WebSocket.

        A caller calls this again only after it has written what the last call returned.
        """
        self._note_written()
        packets = self._next_packet() if self.upgraded else super().poll()
        self._being_written = sum(map(self.queue.counted, packets))
        return packets

    def _next_packet(self) -> list[Packet]:
        timeout = self.server.ping_interval + self.server.ping_timeout
        try:
            packet = self.queue.get(timeout=timeout)
        except self.server.get_queue_empty_exception():
            return []
        return [packet] if packet else []  # None ends the queue

    def _note_written(self) -> None:
        self._being_written = 0

    def drop_backlog(self) -> None:
        """Remove everything that waits in the queue."""
        try:
            while True:
                self.queue.get(block=False)
        except self.server.get_queue_empty_exception():
            pass

    # What the reader sends.

    def receive(self, pkt: Packet) -> None:
        """Handle a packet, once the reader has taken the acknowledgements of what it sent before.

        By itself Engine.IO handles the next event while acknowledgements pile up. Here a WebSocket
        is not even read meanwhile. Raises SocketIsClosedError where the session has ended: nothing
        is done for it any more.
        """
        if pkt.packet_type != PONG:
            while self.waiting_bytes > MAX_UNREAD_BYTES and not self.closed:
                self.server.sleep(BACKLOG_CHECK_SECONDS)
        if self.closing:
            raise SocketIsClosedError
        super().receive(pkt)

    # HTTP requests: polls, posts, and the request that becomes a WebSocket.

    def handle_get_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        """Answer a poll, or serve a WebSocket; raises EngineIOError, which ends the session.

        By itself Engine.IO answers several polls at once, goes on serving a reader who answers no
        ping, and ends a poll whose session ends with an empty body, which is no payload.
        """
        if not is_upgrade(environ):
            self._begin_poll(environ)
        if not self.check_ping_timeout():
            raise EngineIOError("the reader has answered no ping")
        response = super().handle_get_request(environ, start_response)
        return [Packet(NOOP)] if response == [] else response

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Handle a post's packets; raises EngineIOError, which ends the session.

        By itself Engine.IO handles several posts at once, and logs a traceback for a malformed one.
        """
        self._posts.begin()
        try:
            super().handle_post_request(environ)
        except (ValueError, KeyError, RecursionError, OSError) as error:
            raise EngineIOError("the body holds no packets") from error
        finally:
            self._posts.end()

    def _begin_poll(self, environ: dict[str, Any]) -> None:
        self._polls.begin()
        environ[ON_WRITTEN].append(self._end_poll)
        self._poll_tcp = tcp.connection_of(environ)

    def _end_poll(self) -> None:
        self._note_written()
        self._polls.end()

    # The WebSocket.

    def _websocket_handler(self, ws: WebSocket) -> list[Any]:
        """Serve a WebSocket to its end; a session has one at most.

        By itself Engine.IO lets a session have any number of WebSockets that never finish their
        upgrade, and lets errors through to the HTTP server, which writes a response of its own into
        the stream.
        """
        if not self._accept(ws):
            ws.close(CloseReason.POLICY_VIOLATION)
            return []
        try:
            super()._websocket_handler(ws)
        except (ValueError, RecursionError):  # a text that is no packet
            ws.close(CloseReason.PROTOCOL_ERROR)
        except OSError:
            pass  # the reader has gone
        self._ws = None
        self.upgrading = False  # where the upgrade has failed, polls go on
        if self.upgraded and not self.closed:
            self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)
        return []

    def _accept(self, ws: WebSocket) -> bool:
        with self._ws_lock:
            if self._ws is None:
                self._ws = ws
            return self._ws is ws

    # The end.

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close the session, at once; with `abort`, drop what waits to be sent.

        By itself Engine.IO waits, for ever if nobody polls, until the queue is empty. The session
        is forgotten here, since the next post to a closed one would end in a traceback.
        """
        if abort and not self.closing:
            self.drop_backlog()
        super().close(wait=False, abort=abort, reason=reason)
        self.server.sockets.pop(self.sid, None)
        ws = self._ws
        if ws and not self.upgraded:  # nothing else would end it
            ws.abort()

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
