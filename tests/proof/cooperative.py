"""Background tasks as greenlets that take turns when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from greenlet import GreenletExit, getcurrent, greenlet


class Tasks:
    """Runs tasks as the server does: concurrently, each in an app context of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._running: list[greenlet] = []

    def start(self, task: Callable[..., None], *args: Any) -> None:
        """Start a task at the next turn."""
        self._running.append(greenlet(lambda: self._run(task, args)))

    def _run(self, task: Callable[..., None], args: tuple[Any, ...]) -> None:
        try:
            with self._app.app_context():
                task(*args)
        except GreenletExit:
            raise
        except BaseException:
            return  # a server writes it to the log; nobody waits for the task

    def turn(self) -> None:
        """Let each task run until it waits."""
        for task in list(self._running):
            task.switch()
        self._running = [task for task in self._running if not task.dead]

    @property
    def are_done(self) -> bool:
        """Return whether no task is left."""
        return not self._running

    def kill(self) -> None:
        """End what is left."""
        for task in self._running:
            task.throw(GreenletExit)
        self._running = []


def pause() -> None:
    """Let the others run, in a task."""
    parent = getcurrent().parent
    assert parent is not None, "only tasks take turns"
    parent.switch()


class Signal:
    """Replaces `threading.Event` in tasks."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Set it."""
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def wait(self, _timeout: float | None = None) -> bool:
        """Wait in turns."""
        while not self._is_set:
            pause()
        return True
