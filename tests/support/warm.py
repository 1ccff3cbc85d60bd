"""Servers and commands that need not import the libraries again: hundreds of them are started.

Each is a process of its own that imports the app and runs it from its beginning. Only what it is
forked from has the libraries in memory already: that takes a third of the time.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Lock
from typing import IO, Any

from tests.support.once import locked

ROOT = Path(__file__).resolve().parent.parent.parent
INTERPRETER = "tests.support.warm_interpreter"
FOLDER = "WARM_INTERPRETERS"  # the environment variable that names where they are
# What Python itself, or the loader, reads when a process begins.
AT_THE_BEGINNING = ("PYTHON", "LD_")
GLANCE_SECONDS = 0.02

Environment = dict[str, str]


class Interpreter:
    """What processes are forked from: green as the default server is, or plain.

    Whoever asks for a kind first starts it; all who test beside each other use the same.
    """

    def __init__(self, kind: str) -> None:
        self._control, self._lock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), Lock()
        self._process: subprocess.Popen[bytes] | None = None
        path = folder() / f"{kind}.socket"
        with locked(path.with_suffix(".lock")):
            try:
                self._control.connect(str(path))
            except OSError:
                self._begin(path, kind)
                self._control.connect(str(path))
        atexit.register(self.end)

    def _begin(self, path: Path, kind: str) -> None:
        path.unlink(missing_ok=True)
        own = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(path))
            listener.listen()
            number = listener.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", INTERPRETER, str(number), kind],
                cwd=ROOT,
                env=own,
                pass_fds=[number],
            )

    def ask(self, request: dict[str, Any], *files: IO[bytes]) -> Any:
        """Return its answer; `files` are a fork's standard output and standard error."""
        with self._lock:
            numbers = [file.fileno() for file in files]
            socket.send_fds(self._control, [json.dumps(request).encode()], numbers)
            return json.loads(self._control.recv(1000))

    def end(self) -> None:
        """Let it go; it ends when nobody uses it. What it has become goes on."""
        self._control.close()
        if self._process:
            self._process.wait()


class Process:
    """A fork, for whoever knows `subprocess.Popen`."""

    def __init__(self, interpreter: Interpreter, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._interpreter = interpreter

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._interpreter.ask({"pid": self.pid})
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float) -> int:
        """Return its exit code; raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(GLANCE_SECONDS)
        return code


Started = Process | subprocess.Popen[bytes]


def start(
    words: list[str], env: Environment, out: IO[bytes], err: IO[bytes], *, green: bool = False
) -> Started:
    """Run `python` with these words."""
    if any(name.startswith(AT_THE_BEGINNING) for name in env if env[name] != os.environ.get(name)):
        return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=env, stdout=out, stderr=err)
    interpreter = warm("green" if green else "plain")
    return Process(interpreter, interpreter.ask({"words": words, "environment": env}, out, err))


def run(
    words: list[str], env: Environment, *, green: bool = False, seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run `python` with these words to its end, and return how it has ended and what it wrote."""
    with TemporaryFile() as out, TemporaryFile() as err:
        code = start(words, env, out, err, green=green).wait(seconds)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


@cache
def folder() -> Path:
    """Return where the interpreters are found; those who test beside each other share one."""
    if shared := os.environ.get(FOLDER):
        return Path(shared)
    own = TemporaryDirectory()
    atexit.register(own.cleanup)
    return Path(own.name)


@cache
def warm(kind: str) -> Interpreter:
    """Return this process's own, which is started when it is needed first."""
    return Interpreter(kind)
