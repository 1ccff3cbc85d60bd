"""Against the end of accepting: whatever happens while a connection is accepted, the next one is.

By themselves one WSGI server ends, for good, at the first error of `accept`; the other tries again
at once and takes a whole processor. The usual error is that no file descriptor is left. Then the
caller is refused, by means of a descriptor that was kept for this, and who is here is served on.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

PEER_HAS_GONE = (errno.ECONNABORTED, errno.ECONNRESET, errno.EPROTO, errno.EPIPE)  # who was to come
PAUSE_SECONDS = 0.1
REPORT_SECONDS = 60.0


class PatientListener:
    """A listening socket whose `accept` fails only when it was closed; else it is that socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._spare: int | None = None
        self._reports = SeldomReports()
        self._keep_spare()

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address; OSError once the socket is closed."""
        while True:
            try:
                return self._listener.accept()
            except OSError as error:
                if self._listener.fileno() < 0:
                    raise
                if error.errno not in PEER_HAS_GONE:
                    why = os.strerror(error.errno or 0)
                    self._reports.add("Connections can't be accepted: %s.", why)
                    self._refuse()

    def close(self) -> None:
        """Close the socket, and let go of the spare descriptor."""
        self._let_go_of_spare()
        self._listener.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def _refuse(self) -> None:
        """Let the caller go for whom there was no descriptor, if one is waiting."""
        self._let_go_of_spare()
        self._listener.settimeout(PAUSE_SECONDS)
        try:
            self._listener.accept()[0].close()
        except OSError:
            time.sleep(PAUSE_SECONDS)
        self._listener.settimeout(None)
        self._keep_spare()

    def _let_go_of_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            os.close(spare)

    def _keep_spare(self) -> None:
        with suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)


class SeldomReports:
    """Says the same in the log once a minute only: there may be thousands."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def add(self, message: str, *args: object) -> None:
        """Log an error, unless it has just been logged."""
        if time.monotonic() - self._at > REPORT_SECONDS:
            self._at = time.monotonic()
            logger.error(message, *args)
