"""Who is sent away gets nothing more: not even what was on its way, if it is read slowly."""

from __future__ import annotations

from collections.abc import Callable

from app.extensions import socketio
from app.transport.connection import Connection

GOODBYE_SECONDS = 0.5  # in which whoever reads has read it
MAX_LATE_BYTES = 4096


def cut_who_stay(connections: list[Connection]) -> None:
    """Cut the connections, of those told to go, that are open still after a moment."""
    _cut_soon(connections, lambda _: True)


def cut_who_lag(connections: list[Connection]) -> None:
    """Cut those on which what was sent so far has not been read after a moment; whoever may come
    back will."""
    sent = {connection: connection.queue.put_bytes for connection in connections}
    _cut_soon(connections, lambda each: each.bytes_left(sent[each]) > MAX_LATE_BYTES)


def _cut_soon(connections: list[Connection], is_due: Callable[[Connection], bool]) -> None:
    if connections:
        socketio.start_background_task(_cut, connections, is_due)


def _cut(connections: list[Connection], is_due: Callable[[Connection], bool]) -> None:
    socketio.sleep(GOODBYE_SECONDS)
    for connection in connections:
        if not connection.closed and is_due(connection):
            connection.cut()
