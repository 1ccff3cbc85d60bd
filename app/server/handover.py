"""Connections that one worker process hands over to another.

A session is in the memory of one process. A reader that polls opens connections as it likes, and
the system gives each of them to any process. So a session's id names its process, and whoever reads
a request for another's session sends it the connection, with what was read of it.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import time
from pathlib import Path
from select import select
from typing import Any

SESSION_ID = re.compile(rb"[?&]sid=[\w-]+\.(\d+)(?=[& ])")
MAX_BEGINNING = 65_536  # bytes of a request that may have been read before it is handed over
DESCRIPTOR = struct.Struct("i")
BUSY_SECONDS = 0.02
BUSY_ATTEMPTS = 50


class Handover:
    """One worker's side. `number` is its own; in `folder` each has a socket, named by its number.

    For the worker's own connections it can be used like a listening socket.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._number = number
        self._path(number).unlink(missing_ok=True)  # of this worker's last process
        self._receiving = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._receiving.bind(str(self._path(number)))

    def name(self, session_id: str) -> str:
        """Return the id of a session of this worker."""
        return f"{session_id}.{self._number}"

    def owner_of(self, request_line: bytes) -> int | None:
        """Return the number of the other worker whose session a request is for."""
        found = SESSION_ID.search(request_line)
        number = int(found[1]) if found else self._number
        return number if number != self._number and self._path(number).exists() else None

    def give(self, worker: int, connection: Any, beginning: bytes) -> bool:
        """Send a connection to another worker, with what was read of it; return False where that
        worker takes nothing. Otherwise this process has the connection no more.
        """
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, DESCRIPTOR.pack(connection.fileno()))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            for _ in range(BUSY_ATTEMPTS):
                try:
                    sending.connect(str(self._path(worker)))
                    sending.sendmsg([beginning], [rights], socket.MSG_DONTWAIT)
                except BlockingIOError:
                    time.sleep(BUSY_SECONDS)
                except OSError:  # its process has just ended
                    return False
                else:
                    os.close(connection.detach())
                    return True
        return False

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection that was handed over to this worker, and its address."""
        while True:
            select([self._receiving], [], [])
            connection = self._receive()
            if connection:
                return connection, connection.getpeername()

    def _receive(self) -> HandedOver | None:
        space = socket.CMSG_LEN(DESCRIPTOR.size)
        beginning, rights, *_ = self._receiving.recvmsg(MAX_BEGINNING, space, socket.MSG_DONTWAIT)
        for _, _, descriptor in rights:
            connection = HandedOver(-1, fileno=DESCRIPTOR.unpack(descriptor)[0])
            connection.beginning = beginning
            return connection
        return None  # there was no file descriptor left

    @property
    def number(self) -> int:
        """Return the number of this worker; the first is 1."""
        return self._number

    def close(self) -> None:
        """Take nothing any more."""
        self._receiving.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when there is a connection."""
        return self._receiving.fileno()

    family = None  # it is not for the system to accept

    def getsockname(self) -> tuple[str, int]:
        """Return the folder and the number, where listening sockets have host and port."""
        return str(self._folder), self._number

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.socket"


class HandedOver(socket.socket):
    """A connection of which another process has read the `beginning`."""

    beginning = b""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive what the other process has read, and then what comes."""
        if not self.beginning:
            return super().recv_into(buffer, nbytes, flags)
        size = min(len(buffer), len(self.beginning))
        buffer[:size], self.beginning = self.beginning[:size], self.beginning[size:]
        return size
