"""Socket activation: systemd listens, and gives its socket to the process (sd_listen_fds(3)).

Nobody is refused while the process is restarted: whoever connects waits for the next one.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from select import select
from typing import Any

FIRST_DESCRIPTOR = 3
VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")

NO_TCP = "midstream: systemd must give one TCP socket, a ListenStream= with a port."


class InheritedListener:
    """A listening socket that stays open elsewhere when this process stops listening; otherwise
    that socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._stop, self._stopped = socket.socketpair()

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address; OSError with EINVAL after `shutdown`."""
        found, _, _ = select([self._listener, self._stopped], [], [])
        if self._stopped in found:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return self._listener.accept()

    def shutdown(self, _how: int) -> None:
        """Accept no more. If the socket itself were shut down, it would be so for systemd, too."""
        self._stop.close()

    def close(self) -> None:
        """Close this process's descriptors of the socket, and those with which it was stopped."""
        for each in (self._listener, self._stop, self._stopped):
            each.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


def inherited_listener() -> Any:
    """Return the InheritedListener that systemd has given to this process, None where it has given
    none; exits the process where it can't be used."""
    given, count, _ = (os.environ.pop(name, "") for name in VARIABLES)
    if given != str(os.getpid()):
        return None
    if count != "1":
        sys.exit(NO_TCP)
    os.set_inheritable(FIRST_DESCRIPTOR, False)
    listener = socket.socket(-1, fileno=FIRST_DESCRIPTOR)  # whatever its family is
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        listener.close()
        sys.exit(NO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return InheritedListener(listener)
