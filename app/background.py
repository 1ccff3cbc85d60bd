"""Work beside the request that asks for it: background tasks, and blocking calls that must not
stop the event loop."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

from flask import Flask, current_app

from app import tracing
from app.database import release
from app.errors import Unavailable, attempt
from app.extensions import socketio
from app.logs import context
from app.slots import slot_of

logger = logging.getLogger(__name__)

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
LONGEST_BACKOFF_SECONDS = 3600.0
MOST_BACKOFFS = 1000
TURN_SECONDS = 30.0
_turn = threading.Semaphore()
Offload = Callable[..., Any]


class Background:
    """One for each app; `offload` runs a function beside the event loop and returns its result."""

    def __init__(self, app: Flask, offload: Offload) -> None:
        self._app = app
        self.offload = offload
        app.extensions["background"] = self

    def start(self, task: Callable[..., object], *args: Any) -> None:
        """Run a task concurrently, in an app context of its own. What it logs is about the same as
        here, and it belongs to the same trace."""
        about, span = context.current(), tracing.current()

        def run() -> None:
            context.begin(**about)
            tracing.enter(span)
            with self._app.app_context():
                _, error = attempt(lambda: task(*args))
                if error:
                    logger.error("A background task has failed.", exc_info=error)

        socketio.start_background_task(run)


def start_task(task: Callable[..., object], *args: Any) -> None:
    """Run a task concurrently, in an app context of its own."""
    _background().start(task, *args)


def offload(function: Callable[..., T], *args: Any) -> T:
    """Return what `function` returns, run beside the event loop: it may compute or block."""
    return cast(T, _background().offload(function, *args))


@contextmanager
def in_turn() -> Iterator[None]:
    """Do what takes the processor for some milliseconds, one request after the other.

    Before the next one the event loop runs everything else. Otherwise many in a row would delay
    the chunks of everybody's answers by their sum. Ends the transaction: those that wait must not
    keep the database's connections from the group commit.

    Raises Unavailable where the turn has not come after TURN_SECONDS: one that waits for a lock in
    the database keeps it.
    """
    release()
    with slot_of(_turn, TURN_SECONDS, Unavailable()):
        yield
        time.sleep(0)


def run_in_place(function: Callable[..., Any], *args: Any) -> Any:
    """Run a blocking call right here: with real threads the others go on meanwhile."""
    return function(*args)


def run_periodically(work: Callable[[], None], seconds: float, retry_seconds: float) -> None:
    """Do `work` whenever the clock shows a multiple of `seconds`, for ever; after an error wait
    `retry_seconds`. With 0 seconds the work itself waits.

    What is due at the same intervals is so due at the same moments, and a process that has nothing
    else to do wakes up less often.
    """
    while True:
        _, error = attempt(work)  # any error: others depend on the next run
        if error:
            logger.error("Periodic work failed and will be tried again.", exc_info=error)
        if pause := retry_seconds if error else _to_next(seconds):
            socketio.sleep(pause)


def _to_next(seconds: float) -> float:
    return seconds and seconds - time.monotonic() % seconds


@contextmanager
def shut_down_after(seconds: float, connected: Callable[[], Any]) -> Iterator[None]:
    """Shut a connection down that is still in use after so many seconds: each of its reads may be
    in time. `connected` returns its socket, or None before there is one."""
    is_done = threading.Event()
    start_task(_shut_down_late, seconds, connected, is_done)
    try:
        yield
    finally:
        is_done.set()


def _shut_down_late(seconds: float, connected: Callable[[], Any], is_done: threading.Event) -> None:
    if is_done.wait(seconds):
        return
    with suppress(OSError):
        if found := connected():
            found.shutdown(socket.SHUT_RDWR)


class Backoff:
    """Does work for each of many. One that fails, or returns False because it can't be done yet,
    holds up none of the others. It is tried again later: each time after twice as long."""

    def __init__(self, first_seconds: float) -> None:
        self._first_seconds = first_seconds
        self._failed: dict[Any, tuple[float, float]] = {}  # the pause, and the time of its end

    @property
    def waiting(self) -> set[Any]:
        """Return the keys that are not tried now."""
        now = time.monotonic()
        return {key for key, (_, until) in self._failed.items() if until > now}

    def for_each(self, keys: Iterable[K], work: Callable[[K], object]) -> None:
        """Do `work` for each of these keys, except for those that wait.

        Raises Unavailable where the work did: the others would wait in vain, too.
        """
        waiting = self.waiting
        for key in keys:
            if key not in waiting:
                self._do(key, work)

    def _do(self, key: K, work: Callable[[K], object]) -> None:
        is_done, error = attempt(lambda: work(key))
        if error is None and is_done is not False:
            self._failed.pop(key, None)
            return
        pause = self._postpone(key)
        if isinstance(error, Unavailable):
            raise error
        if error:
            logger.error("Failed for %s, tried again in %g s.", key, pause, exc_info=error)

    def _postpone(self, key: K) -> float:
        last, _ = self._failed.pop(key, (self._first_seconds / 2, 0.0))
        pause = min(2 * last, LONGEST_BACKOFF_SECONDS)
        self._failed[key] = (pause, time.monotonic() + pause)
        if len(self._failed) > MOST_BACKOFFS:
            del self._failed[next(iter(self._failed))]
        return pause


def _background() -> Background:
    return cast(Background, current_app.extensions["background"])
