"""A Socket.IO client that delivers events in order and notices when its connection is lost.

It works around python-socketio 5 and python-engineio 4.
"""

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

CLOSE_SECONDS = 10.0

# By default the libraries log to the terminal of the program that uses them. This logger is silent
# unless the program configures it.
LOG = logging.getLogger("midstream")
LOG.addHandler(logging.NullHandler())


class _OrderedEngine(engineio.Client):  # type: ignore[misc]
    """By default each packet is handled in a thread of its own, which loses their order."""

    def _connect_websocket(self, *args: Any) -> bool:
        self.websocket_extra_options["class_"] = self._make_websocket
        try:
            return bool(super()._connect_websocket(*args))
        except ValueError as error:  # closed before the first packet, which is then empty
            raise NotOpened("Closed") from error

    def _make_websocket(self, **options: Any) -> websocket.WebSocket:
        """By default the client has no WebSocket until it is open, and can't close it earlier."""
        self.ws = websocket.WebSocket(**options)
        return self.ws

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        # It would join the reading thread, which is this one if the server has disconnected.
        is_reading = self.read_loop_task is threading.current_thread()
        super().disconnect(abort or is_reading, reason)

    def _reset(self) -> None:
        """By default the packet that ends the writing thread is dropped too if that thread has not
        read it yet: both threads would then stay for half a minute."""
        super()._reset()
        if self.write_loop_task:
            self.queue.put(None)

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        return super()._trigger_event(event, *args, **{**options, "run_async": False})


class OrderedClient(socketio.Client):  # type: ignore[misc]
    """It connects once and does not reconnect."""

    _is_lost = False

    def __init__(self, **options: Any) -> None:
        quiet = {"logger": LOG, "engineio_logger": LOG}
        super().__init__(reconnection=False, handle_sigint=False, **quiet, **options)

    def connect(self, *args: Any, **options: Any) -> None:
        """Connect; raises socketio's ConnectionError, at once if the connection is lost."""
        try:
            super().connect(*args, **options)
            if self._is_lost:
                raise NotConnected("Lost")
        except NotConnected:
            self.close_socket()
            raise

    def cut(self) -> None:
        """Shut down the TCP connection without a DISCONNECT packet, which may not be answered."""
        if websocket_socket := getattr(self.eio.ws, "sock", None):
            with suppress(OSError):
                websocket_socket.shutdown(socket.SHUT_RDWR)

    def close_socket(self) -> None:
        """Close the socket of a lost connection, which engineio leaves to the garbage collector."""
        if reading := self.eio.read_loop_task:
            reading.join(CLOSE_SECONDS)
        if self.eio.ws:
            self.eio.ws.shutdown()

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _OrderedEngine

    def _handle_eio_disconnect(self, reason: Any) -> None:
        """By default this is ignored until `connect` has returned: `connect` then waits for
        packets that can't arrive, or treats the client as connected for ever."""
        self._is_lost = True
        super()._handle_eio_disconnect(reason)
        self.namespaces: dict[str, str] = {}
        self.failed_namespaces = list(self.connection_namespaces)
        self._connect_event.set()
