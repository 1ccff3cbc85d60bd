"""Processes of the server and of `flask` that begin with the app's modules loaded.

To import them takes most of a server's start, and the tests start some hundreds. So a process
imports them once, as wsgi.py does, and forks for each server that a test starts. The child gets the
server's environment and log, and runs wsgi.py, or `flask`, like any other. Its parent, the keeper,
waits for it and says its exit code.

Run as a program, this is that process, for all processes of a test run: each has a connection to
it, and it ends with the last one. Its standard input is the socket that listens for them.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 200_000  # of a request
NOTHING = Path(os.devnull)
SEQUENCED = (socket.AF_UNIX, socket.SOCK_SEQPACKET)
HELLO = b"hello"
# With one of these, Python itself begins in another way.
NOT_PRELOADED = ("LD_PRELOAD", "COVERAGE_PROCESS_CONFIG")
MEASURED = "COVERAGE_PROCESS_START"  # of a `counted` test

# those of the system, which eventlet replaces
wait_for, wait_for_any = os.waitpid, select.select


class PreloadedProcess:
    """A process, with what tests need of `subprocess.Popen`."""

    def __init__(
        self,
        env: dict[str, str],
        log: Path,
        *arguments: str,
        errors: Path | None = None,
        given: Path = NOTHING,
    ) -> None:
        """Start `python wsgi.py`, or `python` with other arguments: `-m flask` or `wsgi.py` and
        its own. It gets this environment and reads `given`; what it prints goes to the end of
        `log`, and its errors to `errors` where there is such a file."""
        self.returncode: int | None = None
        self._keeper, theirs = socket.socketpair()
        files = [str(given), str(log), str(errors or log)]
        request = json.dumps([env, files, arguments or ["wsgi.py"]]).encode()
        # nothing is green in a command
        mode = "threading" if "flask" in arguments else env.get("ASYNC_MODE", "")
        with theirs:
            socket.send_fds(_loader(mode), [request], [theirs.fileno()])
        self.pid = self._read()

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        if self.returncode is None and self._has_ended(0):
            self.returncode = self._read()
            self._keeper.close()
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait until it has ended and return its exit code."""
        if self.returncode is None and not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("python", timeout)
        self.poll()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it may end just now
                os.kill(self.pid, number)

    def _has_ended(self, seconds: float) -> bool:
        return bool(select.select([self._keeper], [], [], seconds)[0])

    def _read(self) -> int:
        return int(self._keeper.recv(20))


def can_preload(env: dict[str, str], *arguments: str) -> bool:
    """Return whether a server, or `python` with these arguments, begins as others do in this
    environment."""
    if arguments and arguments[0] != "wsgi.py" and arguments[:2] != ("-m", "flask"):
        return False
    is_usual = env.get("PYTHONPATH") == os.environ.get("PYTHONPATH")
    return is_usual and not any(name in env for name in NOT_PRELOADED)


@cache
def _loader(async_mode: str) -> socket.socket:
    """Return a connection for requests to the run's process that serves in this mode; the first
    who asks for it starts it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    path = Path(gettempdir()) / f"midstream-{run}-{async_mode or 'eventlet'}"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = _connected(path) or _started(path, async_mode)
    atexit.register(connection.close)
    return connection


def _started(path: Path, async_mode: str) -> socket.socket:
    env = os.environ | {"ASYNC_MODE": async_mode}
    env.pop(MEASURED, None)  # what it forks is measured, from then on
    path.unlink(missing_ok=True)
    with socket.socket(*SEQUENCED) as listener:
        listener.bind(str(path))
        listener.listen()
        command = [sys.executable, "-m", "tests.support.preloaded"]
        loader = subprocess.Popen(command, cwd=ROOT, env=env, stdin=listener)
    atexit.register(loader.wait)
    connection = _connected(path)
    assert connection, "the process that has the modules loaded has not started"
    return connection


def _connected(path: Path) -> socket.socket | None:
    """Return a connection, or None if there is no process that takes it."""
    connection = socket.socket(*SEQUENCED)
    with suppress(FileNotFoundError, ConnectionError):
        connection.connect(str(path))
        if connection.recv(len(HELLO)):
            return connection
    connection.close()
    return None


def _load() -> None:
    """Import what a server does."""
    if (os.environ["ASYNC_MODE"] or "eventlet") == "eventlet":
        os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is deprecated
            import eventlet
            import eventlet.tpool
            import eventlet.wsgi

            eventlet.monkey_patch()
    import app.server.serving
    import app.server.threads
    import app.server.workers  # noqa: F401


def _fork_for_each(listener: socket.socket) -> None:
    """Fork for each request, until the last connection is closed."""
    connections = [_accepted(listener)]
    while connections:
        for ready in wait_for_any([listener, *connections], [], [])[0]:
            if ready is listener:
                connections.append(_accepted(listener))
                continue
            request, files, _, _ = socket.recv_fds(ready, MOST_BYTES, 1)
            if not request:
                connections.remove(ready)
                ready.close()
            elif os.fork() == 0:
                for each in (listener, *connections):
                    each.close()
                _keep(*json.loads(request), socket.socket(fileno=files[0]))
            else:
                os.close(files[0])


def _accepted(listener: socket.socket) -> socket.socket:
    connection, _ = listener.accept()
    connection.sendall(HELLO)
    return connection


def _keep(
    env: dict[str, str], files: list[str], arguments: list[str], answers: socket.socket
) -> NoReturn:
    """Start the process, say its number, wait for it and say its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    given, log, errors = files
    with open(given, "rb") as stdin, open(log, "ab") as stdout, open(errors, "ab") as stderr:
        pid = os.fork()
        if pid == 0:
            answers.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, file in enumerate((stdin, stdout, stderr)):
                os.dup2(file.fileno(), number)
                file.close()
            _run(env, arguments)
    answers.sendall(str(pid).encode())
    _, status = wait_for(pid, 0)
    answers.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _run(env: dict[str, str], arguments: list[str]) -> NoReturn:
    """Be `python` with these arguments in this environment."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    if MEASURED in env:
        import coverage

        coverage.process_startup()  # as Python does when it begins; imports count elsewhere
    if "eventlet" in sys.modules:
        sys.modules["eventlet.hubs"].use_hub()  # a new one: processes must not share what is polled
    try:
        if arguments[0] == "-m":
            sys.argv[:] = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv[:] = arguments
            runpy.run_path(str(ROOT / arguments[0]), run_name="__main__")
    except SystemExit as end:
        sys.exit(end.code)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the tests
    with socket.socket(fileno=os.dup(0)) as listener:
        path = Path(listener.getsockname())
        _load()
        _fork_for_each(listener)
        for each in (path, path.with_suffix(".lock")):
            each.unlink(missing_ok=True)
