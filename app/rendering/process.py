"""The worker process as the server sees it: started on first use, and again when it has ended."""

from __future__ import annotations

import logging
import socket
import time

from app.child_process import APP, ChildProcess, program_of
from app.rendering.frames import receive, send
from app.rendering.worker import DONE, FAILED, numbered

logger = logging.getLogger(__name__)

PROGRAM = program_of("app.rendering.worker")
START_SECONDS = 10.0
ANSWER_SECONDS = 10.0  # much more than it is allowed to compute
STOP_SECONDS = 2.0  # to end by itself
RETRY_SECONDS = 5.0  # after a failed start
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
        self._child: ChildProcess | None = None
        self._failed_at = float("-inf")

    def step(self, key: int, text: str, is_open: bool = False) -> str | None:
        """Render one more piece of a text; return its HTML, or None until it is done.

        Raises Unrenderable, NoReply and NotStarted.
        """
        for _ in range(ATTEMPTS):
            child = self._child or self._start()
            try:
                return _ask(child.socket, numbered(key, is_open), text)
            except TimeoutError:
                self.stop(0.0)  # it hangs
                raise NoReply from None
            except OSError:  # it has ended; perhaps because of another text
                self.stop()
        raise Unrenderable

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Stop the process; it starts again on the next use.

        It ends by itself when its socket is closed, and is killed if it has not by then.
        """
        child, self._child = self._child, None
        if child:
            child.stop(timeout_seconds)

    def _start(self) -> ChildProcess:
        if time.monotonic() - self._failed_at < RETRY_SECONDS:
            raise NotStarted
        try:
            return self._begin()
        except OSError as error:
            self.stop()
            self._failed_at = time.monotonic()
            logger.error("The process that renders can't be started: %s.", error.strerror)
            raise NotStarted from None

    def _begin(self) -> ChildProcess:
        """Start the process and wait until it is ready."""
        self._child = child = ChildProcess()
        child.start("-c", PROGRAM, str(APP))
        child.socket.settimeout(START_SECONDS)
        receive(child.socket)
        child.socket.settimeout(ANSWER_SECONDS)
        return child


def _ask(worker: socket.socket, number: int, text: str) -> str | None:
    send(worker, number, text)
    outcome, html = receive(worker)
    if outcome == FAILED:
        raise Unrenderable
    return html if outcome == DONE else None
