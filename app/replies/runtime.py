"""What answering needs while an app runs: settings, models, the beat, and tasks beside others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

from flask import Flask, current_app

from app.config import Config
from app.extensions import socketio
from app.providers import Models
from app.replies.group_commit import Beat

Offload = Callable[..., Any]


class Runtime:
    """One for each app. It starts nothing by itself; app/server/serving.py does."""

    def __init__(self, app: Flask, config: Config, models: Models, offload: Offload) -> None:
        self.app = app
        self.config = config
        self.models = models
        self.offload = offload
        self.beat = Beat(config.beat_seconds)
        self.is_closing = False
        self.beginnings: set[object] = set()
        self.rendering = Lock()
        app.extensions["runtime"] = self

    def in_background(self, task: Callable[..., None], *args: Any) -> None:
        """Run a task beside the others, in an app context of its own."""

        def run() -> None:
            with self.app.app_context():
                task(*args)

        socketio.start_background_task(run)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Do inside what may begin an answer, and look first whether the process is closing.

        One that closes waits for it: `beginnings` has each until the beat carries the answer.
        """
        this = object()
        self.beginnings.add(this)
        try:
            yield
        finally:
            self.beginnings.discard(this)


def current_runtime() -> Runtime:
    """Return the current app's runtime."""
    return cast(Runtime, current_app.extensions["runtime"])
