"""Work beside the request that asks for it: background tasks, and blocking calls that must not
stop the event loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask import Flask, current_app

from app.extensions import socketio

logger = logging.getLogger(__name__)

T = TypeVar("T")
_turn = threading.Semaphore()
Offload = Callable[..., Any]


class Background:
    """One for each app; `offload` runs a function beside the event loop and returns its result."""

    def __init__(self, app: Flask, offload: Offload) -> None:
        self._app = app
        self.offload = offload
        app.extensions["background"] = self

    def start(self, task: Callable[..., None], *args: Any) -> None:
        """Run a task concurrently, in an app context of its own."""

        def run() -> None:
            with self._app.app_context():
                task(*args)

        socketio.start_background_task(run)


def start_task(task: Callable[..., None], *args: Any) -> None:
    """Run a task concurrently, in an app context of its own."""
    _background().start(task, *args)


def offload(function: Callable[..., T], *args: Any) -> T:
    """Return what `function` returns, run beside the event loop: it may compute or block."""
    return cast(T, _background().offload(function, *args))


@contextmanager
def in_turn() -> Iterator[None]:
    """Do what takes the processor for some milliseconds, one request after the other.

    Before the next one the event loop runs everything else. Otherwise many in a row would delay
    the chunks of everybody's answers by their sum.
    """
    with _turn:
        yield
        time.sleep(0)


def run_in_place(function: Callable[..., Any], *args: Any) -> Any:
    """Run a blocking call right here: with real threads the others go on meanwhile."""
    return function(*args)


def run_periodically(work: Callable[[], None], seconds: float, retry_seconds: float) -> None:
    """Do `work` every `seconds`, for ever; after an error wait `retry_seconds`."""
    while True:
        try:
            work()
            socketio.sleep(seconds)
        except Exception:  # any error: others depend on the next run
            logger.exception("Periodic work failed and will be tried again.")
            socketio.sleep(retry_seconds)


def _background() -> Background:
    return cast(Background, current_app.extensions["background"])
