"""What a server process does when it is asked to stop, in a few seconds."""

from __future__ import annotations

import logging
import time

from app.events import rooms
from app.extensions import socketio
from app.models import Status
from app.replies import Runtime

logger = logging.getLogger(__name__)

SETTLING_SECONDS = 3.0
SETTLING_POLL_SECONDS = 0.02
LAST_TEXT_SECONDS = 0.5
LAST_PACKETS_SECONDS = 0.2


def end_work(runtime: Runtime) -> None:
    """End this process's answers as interrupted, tell everyone, and send the readers away.

    It takes a few seconds at most: what can't be ended by then is ended by another process's
    sweep, when its lease has run out.
    """
    runtime.is_shutting_down = True
    _end_answers(runtime)
    _send_the_ends()
    rooms.disconnect(None)
    socketio.sleep(LAST_PACKETS_SECONDS)
    runtime.models.close()


def _end_answers(runtime: Runtime) -> None:
    """End all of them, those too whose question came before the closing and who begin only now."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while runtime.starting or runtime.group_commit.answers:
        if time.monotonic() > deadline:
            return logger.warning(
                "%d answers could not be ended.", len(runtime.group_commit.answers)
            )
        for answer in list(runtime.group_commit.answers.values()):
            answer.end(Status.INTERRUPTED)
            answer.cancel()
        runtime.group_commit.wake()
        socketio.sleep(SETTLING_POLL_SECONDS)


def _send_the_ends() -> None:
    """Wait a moment for what readers are owed: whoever is sent away gets nothing more."""
    deadline = time.monotonic() + LAST_TEXT_SECONDS
    while rooms.is_sending() and time.monotonic() < deadline:
        socketio.sleep(SETTLING_POLL_SECONDS)
