"""The worker process as the server sees it: started on first use, and again when it has ended."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from app.rendering.frames import receive, send
from app.rendering.worker import DONE, FAILED

logger = logging.getLogger(__name__)

APP = Path(__file__).resolve().parents[1]
# app/__init__.py would import the whole server, of which the worker needs two modules.
PROGRAM = """
import sys, types
app = types.ModuleType("app")
app.__path__ = [sys.argv[1]]
sys.modules["app"] = app
from app.rendering.worker import main
main()
"""
START_SECONDS = 10.0
ANSWER_SECONDS = 10.0  # much more than it is allowed to compute
RETRY_SECONDS = 5.0  # after a failed start
STOP_SECONDS = 2.0
ATTEMPTS = 2


class Unrenderable(Exception):
    """A text can't be rendered, or not in its time."""


class NoReply(Exception):
    """The process has not replied, nor used up its processor time: the machine is too busy."""


class NotStarted(Exception):
    """There is no process, and none could be started."""


class WorkerProcess:
    """At most one process, for one caller at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._failed_at = float("-inf")

    def step(self, key: int, text: str) -> str | None:
        """Render one more piece of a text; return its HTML, or None until it is done.

        Raises Unrenderable, NoReply and NotStarted.
        """
        for _ in range(ATTEMPTS):
            worker = self._socket or self._start()
            try:
                return self._ask(worker, key, text)
            except TimeoutError:
                self.stop()
                raise NoReply from None
            except OSError:  # it has ended; perhaps because of another text
                self.stop()
        raise Unrenderable

    def stop(self) -> None:
        """Stop the process; it starts again on the next use."""
        process, ours = self._process, self._socket
        self._process = self._socket = None
        if ours:
            ours.close()
        if process:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)

    def _ask(self, worker: socket.socket, key: int, text: str) -> str | None:
        send(worker, key, text)
        outcome, html = receive(worker)
        if outcome == FAILED:
            raise Unrenderable
        return html if outcome == DONE else None

    def _start(self) -> socket.socket:
        if time.monotonic() - self._failed_at < RETRY_SECONDS:
            raise NotStarted
        try:
            return self._begin()
        except OSError as error:
            self.stop()
            self._failed_at = time.monotonic()
            logger.error("The process that renders can't be started: %s.", error.strerror)
            raise NotStarted from None

    def _begin(self) -> socket.socket:
        """Start the process and wait until it is ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._socket = ours
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM, str(APP)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the server's to handle
            )
        ours.settimeout(START_SECONDS)
        receive(ours)
        ours.settimeout(ANSWER_SECONDS)
        return ours
