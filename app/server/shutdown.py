"""What a server process does when it is asked to stop, in a few seconds."""

from __future__ import annotations

import logging
import time

from app.events import rooms
from app.extensions import socketio
from app.models import Status
from app.rendering.renderer import current_renderer
from app.replies import Runtime

logger = logging.getLogger(__name__)

ENDING_SECONDS = 6.0  # with no other load it takes a tenth of a second
DRAIN_POLL_SECONDS = 0.02
LAST_EVENTS_SECONDS = 0.5
LAST_PACKETS_SECONDS = 0.2


def end_work(runtime: Runtime) -> None:
    """End this process's answers as interrupted, report that, and disconnect the readers.

    It takes a few seconds at most. An answer that can't be ended by then is ended by another
    process, when its lease has run out.
    """
    runtime.is_shutting_down = True
    _end_answers(runtime)
    _send_last_events()
    rooms.disconnect(None)
    socketio.sleep(LAST_PACKETS_SECONDS)
    runtime.models.close()
    current_renderer().stop()


def _end_answers(runtime: Runtime) -> None:
    """End all answers, also those whose question was stored before the shutdown and that begin only
    now."""
    deadline = time.monotonic() + ENDING_SECONDS
    while runtime.starting or runtime.group_commit.answers:
        if time.monotonic() > deadline:
            count = len(runtime.group_commit.answers)
            return logger.warning("%d answers could not be ended.", count)
        for answer in list(runtime.group_commit.answers.values()):
            answer.end(Status.INTERRUPTED)
            answer.cancel()
        runtime.group_commit.wake()
        socketio.sleep(DRAIN_POLL_SECONDS)


def _send_last_events() -> None:
    """Wait a moment until readers have taken what waits for them: `disconnect` drops the rest."""
    deadline = time.monotonic() + LAST_EVENTS_SECONDS
    while rooms.is_sending() and time.monotonic() < deadline:
        socketio.sleep(DRAIN_POLL_SECONDS)
