"""A child process that shares a socket with this one, and is never left behind.

The socket is the child's standard input. The system closes our end when this process ends, for
whatever reason; then the child ends, too.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

KILL_SECONDS = 2.0  # for the system to end a killed process
APP = Path(__file__).resolve().parent


def program_of(module: str) -> str:
    """Return a program that runs `main` of a module, and gets APP as its argument.

    app/__init__.py would import the whole server, of which such a process needs some modules.
    """
    return f"""
import sys, types
app = types.ModuleType("app")
app.__path__ = [sys.argv[1]]
sys.modules["app"] = app
from {module} import main
main()
"""


class ChildProcess:
    """One process; `socket` is our end. It may be stopped at any time, also while it starts."""

    def __init__(self) -> None:
        self.socket, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start Python with these arguments, once. Raises OSError."""
        with self._theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *arguments],
                stdin=self._theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours to handle
            )

    @property
    def pid(self) -> int | None:
        """Return its process id, once it was started."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout_seconds: float) -> None:
        """Close the socket, and kill the process if it does not end within `timeout_seconds`."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads; closing doesn't
        self.socket.close()
        self._theirs.close()
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_seconds)
            return
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)
