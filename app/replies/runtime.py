"""What answering needs while an app runs: the models, the group commit, and the shutdown's flag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app

from app.config import Config
from app.errors import ShuttingDown
from app.providers import Models
from app.providers.tokens import TokenFactors
from app.replies.group_commit import GroupCommit


class Runtime:
    """One for each app. It starts nothing by itself; app/server/serving.py does."""

    def __init__(self, app: Flask, config: Config, models: Models) -> None:
        self.models = models
        self.group_commit = GroupCommit(
            config.commit_interval_seconds,
            config.database.patience_seconds,
            config.database.held_megabytes * 1_000_000,
        )
        self.token_factors = TokenFactors()
        self.is_shutting_down = False  # no answer begins any more
        self.refuses_sockets = False  # other processes serve the readers from now on
        self.starting: set[object] = set()
        self.generating: set[int] = set()  # until what follows an answer's end is done
        app.extensions["runtime"] = self

    @contextmanager
    def starting_answer(self, *, can_wait: bool = False) -> Iterator[None]:
        """Wrap whatever may start an answer. Raises ShuttingDown while the process is ending,
        unless the answer can wait for another process.

        A shutdown waits until `starting` is empty: each answer is in it until the group commit
        has it.
        """
        entry = object()
        self.starting.add(entry)
        try:
            if self.is_shutting_down and not can_wait:
                raise ShuttingDown()
            yield
        finally:
            self.starting.discard(entry)


def current_runtime() -> Runtime:
    """Return the current app's runtime."""
    return cast(Runtime, current_app.extensions["runtime"])
