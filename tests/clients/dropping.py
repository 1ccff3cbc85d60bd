"""Drops a reader's WebSocket at different points while it connects."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from simple_websocket import ConnectionClosed, Server

OPEN = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}'
CONNECT = '40/conversations,{"sid":"t"}'

Drop = Callable[[Server], None]


def before_open(_websocket: Server) -> None:
    """Before Engine.IO's first packet."""


def after_open(websocket: Server) -> None:
    """Before the reader is connected to the namespace."""
    websocket.send(OPEN)
    websocket.receive()


def after_connect(websocket: Server) -> None:
    """When the reader has everything that it waits for."""
    after_open(websocket)
    websocket.send(CONNECT)
    time.sleep(0.1)  # so that a fast reader handles the packet first


def without_close_frame(websocket: Server) -> None:
    """The same, without a WebSocket close frame."""
    after_connect(websocket)
    websocket.sock.shutdown(socket.SHUT_RDWR)


DROPS: list[Drop] = [before_open, after_open, after_connect, without_close_frame]


def accept_and_drop(environ: dict[str, Any], drop: Drop) -> NoReturn:
    """Accept a request for a WebSocket, and close it at this point."""
    with suppress(ConnectionClosed, OSError):
        websocket = Server.accept(environ)
        drop(websocket)
        websocket.close()
        websocket.sock.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("werkzeug must not send a response")
