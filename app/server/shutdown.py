"""What a server process does when it is asked to stop: its work goes on until it is done, or for
DRAIN_SECONDS; then it is ended, in a few seconds."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable

from app.background import start_task
from app.config import current_config
from app.events import rooms
from app.extensions import socketio
from app.jobs import current_jobs
from app.models import Status
from app.presence import current_presence
from app.rendering.renderer import current_renderer
from app.replies import Runtime
from app.server.in_progress import RequestsInProgress

logger = logging.getLogger(__name__)

READERS_PER_SECOND = 25.0  # that are sent to other processes, or more where time is short
DRAIN_STEP_SECONDS = 0.05
ENDING_SECONDS = 6.0  # with no other load it takes a tenth of a second
ENDING_POLL_SECONDS = 0.02
LAST_EVENTS_SECONDS = 0.5
LAST_PACKETS_SECONDS = 0.2


class Drain:
    """Lets a process's work come to its end, for DRAIN_SECONDS at most.

    No answer begins any more; questions wait for another process, or for the next start. As soon
    as others serve, connections are refused, so that proxies try another process, and the readers
    are sent away, some at a time. Alone, this process serves its readers until its answers have
    ended. One that has just started is heard of within a second.
    """

    def __init__(
        self,
        runtime: Runtime,
        requests: RequestsInProgress,
        refuse_connections: Callable[[], None],
        is_urgent: Callable[[], bool],
    ) -> None:
        """`is_urgent` says that nothing is to be waited for any more."""
        self._runtime = runtime
        self._requests = requests
        self._refuse_connections = refuse_connections
        self._is_urgent = is_urgent
        self._seconds = current_config().drain_seconds
        self._deadline = time.monotonic() + self._seconds

    def run(self) -> None:
        """Return when all is done, or the time is over; nobody can connect any more then."""
        self._runtime.is_shutting_down = True
        self._refuse_if_others_serve()
        at_once = self._readers_at_once()
        while self._is_busy() and time.monotonic() < self._deadline and not self._is_urgent():
            if self._runtime.refuses_sockets:
                self._send_away(at_once)
            else:
                self._refuse_if_others_serve()
            socketio.sleep(DRAIN_STEP_SECONDS)
        self._refuse()

    def _refuse_if_others_serve(self) -> None:
        if self._seconds and _others_serve():
            self._refuse()

    def _refuse(self) -> None:
        self._runtime.refuses_sockets = True
        self._refuse_connections()

    def _readers_at_once(self) -> int:
        """Return how many readers are sent away in each step: all of them in half of the time."""
        count = len(rooms.sockets(None))
        seconds = min(count / READERS_PER_SECOND, self._seconds / 2)
        return max(1, math.ceil(count * DRAIN_STEP_SECONDS / max(seconds, DRAIN_STEP_SECONDS)))

    def _send_away(self, count: int) -> None:
        """Disconnect some readers, who connect again. What they have not received yet, they get
        by joining."""
        sids = rooms.sockets(None)
        rooms.disconnect_sockets(random.sample(sids, min(count, len(sids))))

    def _is_busy(self) -> bool:
        runtime = self._runtime
        has_answers = runtime.starting or runtime.generating or runtime.group_commit.answers
        has_readers = runtime.refuses_sockets and rooms.sockets(None)
        return bool(has_answers or has_readers or self._requests or current_jobs().is_running)


def _others_serve() -> bool:
    """Return whether there are processes besides this one and the workers that end with it."""
    return current_presence().other_processes() >= current_config().workers


def end_work(runtime: Runtime) -> None:
    """End this process's answers as interrupted, report that, and disconnect the readers.

    It takes a few seconds at most. An answer that can't be ended by then is ended by another
    process, when its lease has run out.
    """
    runtime.is_shutting_down = True
    _end_answers(runtime)
    _send_last_events()
    rooms.disconnect(None)
    start_task(current_presence().withdraw)
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
        socketio.sleep(ENDING_POLL_SECONDS)


def _send_last_events() -> None:
    """Wait a moment until readers have taken what waits for them: `disconnect` drops the rest."""
    deadline = time.monotonic() + LAST_EVENTS_SECONDS
    while rooms.is_sending() and time.monotonic() < deadline:
        socketio.sleep(ENDING_POLL_SECONDS)
