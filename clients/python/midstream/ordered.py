"""A Socket.IO client whose events come in their order, and which knows when it is lost."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

import engineio
import socketio
import websocket
from engineio.exceptions import ConnectionError as NotOpened
from socketio.exceptions import ConnectionError as NotConnected

LETTING_GO_SECONDS = 10.0

# By themselves the libraries write to a terminal that they do not own. What they have to say is for
# whoever listens to this logger; that a connection is lost is known without it.
LOG = logging.getLogger("midstream")
LOG.addHandler(logging.NullHandler())


class _OrderedEngine(engineio.Client):  # type: ignore[misc]
    """By itself it gives each packet a thread, and so loses their order."""

    def _connect_websocket(self, *args: Any) -> bool:
        self.websocket_extra_options["class_"] = self._line
        try:
            return bool(super()._connect_websocket(*args))
        except ValueError as error:  # it was sent away before a first word, and reads an empty one
            raise NotOpened("Sent away") from error

    def _line(self, **options: Any) -> websocket.WebSocket:
        """By itself it knows its line only when that has opened, and can't close it before."""
        self.ws = websocket.WebSocket(**options)
        return self.ws

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        # It would wait for the thread that reads, which is this one when the server says goodbye.
        is_reading = self.read_loop_task is threading.current_thread()
        super().disconnect(abort or is_reading, reason)

    def _reset(self) -> None:
        """By itself it also forgets what tells the thread that writes to end, where that thread has
        not run yet: it and the thread that reads would stay for half a minute."""
        super()._reset()
        if self.write_loop_task:
            self.queue.put(None)

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        return super()._trigger_event(event, *args, **{**options, "run_async": False})


class OrderedClient(socketio.Client):  # type: ignore[misc]
    """It connects once, and never comes back by itself."""

    _is_lost = False

    def __init__(self, **options: Any) -> None:
        quiet = {"logger": LOG, "engineio_logger": LOG}
        super().__init__(reconnection=False, handle_sigint=False, **quiet, **options)

    def connect(self, *args: Any, **options: Any) -> None:
        """Connect; raises socketio's ConnectionError, at once where the connection is lost."""
        try:
            super().connect(*args, **options)
            if self._is_lost:
                raise NotConnected("Lost")
        except NotConnected:
            self.let_go()
            raise

    def cut(self) -> None:
        """Break the line, without a goodbye, to which there may be no answer any more."""
        if line := getattr(self.eio.ws, "sock", None):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Close the socket of a connection that is gone; engineio leaves it to the garbage
        collector."""
        if reading := self.eio.read_loop_task:
            reading.join(LETTING_GO_SECONDS)
        if self.eio.ws:
            self.eio.ws.shutdown()

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _OrderedEngine

    def _handle_eio_disconnect(self, reason: Any) -> None:
        """By itself, where `connect` has not returned, it takes no note of this: `connect` then
        waits for what can't come any more, or takes the client for connected for ever."""
        self._is_lost = True
        super()._handle_eio_disconnect(reason)
        self.namespaces: dict[str, str] = {}
        self.failed_namespaces = list(self.connection_namespaces)
        self._connect_event.set()
