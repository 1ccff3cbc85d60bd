"""A runtime has its work done beside whoever asks for it."""

from __future__ import annotations

import queue

from flask import Flask, current_app

from app.replies import Runtime, current_runtime


def test_a_task_runs_beside_in_a_context_of_its_own(app: Flask) -> None:
    found: queue.Queue[tuple[Runtime, str]] = queue.Queue()

    def task(word: str) -> None:
        found.put((current_runtime(), word))

    own: Runtime = app.extensions["runtime"]
    own.in_background(task, "hello")

    assert found.get(timeout=10) == (own, "hello")
    assert not current_app
