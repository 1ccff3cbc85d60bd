"""Doors that close on a reader while it connects."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from simple_websocket import ConnectionClosed, Server

OPEN = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}'
LET_IN = '40/conversations,{"sid":"t"}'

Door = Callable[[Server], None]


def says_nothing(_line: Server) -> None:
    """It closes before a first word."""


def only_opens(line: Server) -> None:
    """It closes before it lets anybody in."""
    line.send(OPEN)
    line.receive()


def lets_in(line: Server) -> None:
    """It closes when all has been said that one waits for."""
    only_opens(line)
    line.send(LET_IN)
    time.sleep(0.1)  # so that somebody quick takes note of that first


def breaks(line: Server) -> None:
    """It closes like that, and without a goodbye."""
    lets_in(line)
    line.sock.shutdown(socket.SHUT_RDWR)


DOORS: list[Door] = [says_nothing, only_opens, lets_in, breaks]


def close_on(environ: dict[str, Any], door: Door) -> NoReturn:
    """Have somebody who wants a WebSocket meet a door."""
    with suppress(ConnectionClosed, OSError):
        line = Server.accept(environ)
        door(line)
        line.close()
        line.sock.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("werkzeug has nothing more to say here")
