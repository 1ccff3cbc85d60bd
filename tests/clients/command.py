"""A client's command as a process, in pipes."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
END_SECONDS = 40.0


class Command:
    """One process; `output` and `errors` are what it has printed so far."""

    def __init__(self, arguments: Sequence[str], stdin: str = "", **environment: str) -> None:
        self._process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._streams: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        self._threads = [threading.Thread(target=self._collect, args=(n,)) for n in self._streams]
        for thread in self._threads:
            thread.start()
        assert self._process.stdin
        self._process.stdin.write(stdin.encode())
        self._process.stdin.close()

    @property
    def output(self) -> str:
        """Its standard output."""
        return self._streams["stdout"].decode(errors="ignore")

    @property
    def errors(self) -> str:
        """Its standard error."""
        return self._streams["stderr"].decode(errors="ignore")

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        try:
            code = self._process.wait(END_SECONDS)
        finally:
            self.close()
        for thread in self._threads:
            thread.join()
        return code

    def close(self) -> None:
        """Kill it if it is still running."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def wait_for_output(self, length: int) -> None:
        """Wait until it has printed this many characters."""
        eventually(lambda: len(self.output) >= length, END_SECONDS, self.errors)

    def _collect(self, name: str) -> None:
        with getattr(self._process, name) as stream:
            while piece := os.read(stream.fileno(), 65536):
                self._streams[name] += piece
