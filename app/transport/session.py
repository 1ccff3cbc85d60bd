"""One reader's Engine.IO session, with bounds on its memory, its waits and its connections.

Every method of Engine.IO that this package changes is overridden once, here or, where it sends, in
`sending`. Each docstring says what Engine.IO does by itself where that is the reason. What belongs
to one transport is in `polling` and `websocket`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engineio.exceptions import EngineIOError, SocketIsClosedError, UnknownPacketError
from engineio.packet import NOOP, PING, PONG, UPGRADE, Packet
from wsproto.frame_protocol import CloseReason

from app.transport import tcp
from app.transport.frames import frame_of
from app.transport.polling import ON_WRITTEN, OneAtATime, is_upgrade
from app.transport.sending import SendingSession
from app.transport.websocket import MAX_UNREAD_BYTES, WebSocket

BACKLOG_CHECK_SECONDS = 0.02
PING_PACKET = Packet(PING)


class Session(SendingSession):
    """An Engine.IO session (which Engine.IO calls a socket).

    Its server also has `pings`, the sessions whose next ping is due after the interval.
    """

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.last_ping: float | None = time.monotonic()  # of the ping that has no pong yet
        self._in_turn: dict[str, OneAtATime] = {}  # of a reader that polls

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

    def schedule_ping(self) -> None:
        """Send a ping after the interval, unless one waits for its pong or for its time.

        By itself Engine.IO has a task for each session's ping.
        """
        if self.last_ping is not None:
            self.last_ping = None
            self.server.pings.add(self)

    def send_ping(self) -> None:
        """Send a ping, unless the session has ended."""
        if not self.closing and not self.closed:
            self.last_ping = time.monotonic()
            self.send(PING_PACKET)

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
        self._only("post").begin()
        try:
            super().handle_post_request(environ)
        except (ValueError, KeyError, RecursionError, OSError) as error:
            raise EngineIOError("the body holds no packets") from error
        finally:
            self._only("post").end()

    def _only(self, kind: str) -> OneAtATime:
        """Return what lets one poll, or one post, through at a time."""
        return self._in_turn.setdefault(kind, OneAtATime(kind))

    def _begin_poll(self, environ: dict[str, Any]) -> None:
        self._only("poll").begin()
        environ[ON_WRITTEN].append(self._end_poll)
        self._poll_tcp = tcp.connection_of(environ)

    def _end_poll(self) -> None:
        self._note_written()
        self._only("poll").end()

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
            if self._upgrade(ws):
                self._receive_all(ws)
        except (ValueError, RecursionError):  # a text that is no packet
            ws.fail(CloseReason.PROTOCOL_ERROR)
        except OSError:
            pass  # the reader has gone
        self.upgrading = False  # where the upgrade has failed, polls go on
        if self.upgraded:
            self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        self._ws = None
        return []

    def _upgrade(self, ws: WebSocket) -> bool:
        """Make a WebSocket the session's transport; return False where the client breaks off."""
        if self.connected and not self._is_probed(ws):
            return False
        self.connected = True
        self.send_by(ws.writer)
        self.upgrading = False
        return True

    def _is_probed(self, ws: WebSocket) -> bool:
        """Return whether a client that polls tries the WebSocket, and then wants to use it."""
        self.upgrading = True  # a poll that waits is ended, and the next ones wait for nothing
        probe = Packet(encoded_packet=ws.wait())
        if (probe.packet_type, probe.data) != (PING, "probe"):
            return False
        ws.writer.write(frame_of(Packet(PONG, "probe")))
        self.queue.put(Packet(NOOP))
        return bool(Packet(encoded_packet=ws.wait()).packet_type == UPGRADE)

    def _receive_all(self, ws: WebSocket) -> None:
        """Handle packets until the connection or the session ends."""
        while (message := ws.wait()) is not None:
            packet = Packet(encoded_packet=message)
            try:
                self.receive(packet)
            except UnknownPacketError:
                pass
            except SocketIsClosedError:
                return
            except Exception:  # only this session ends
                self.server.logger.exception("Unknown receive error")
                return

    def _accept(self, ws: WebSocket) -> bool:
        with self._upgrade_lock:
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
        self.server.writers.pop(self.sid, None)
        ws = self._ws
        if ws and self.upgraded:
            ws.close()
        elif ws:
            ws.abort()
