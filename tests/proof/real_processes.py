"""Two processes' worth of the app's memory, in which nothing happens by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from app import create_app, directly
from app.config import Config
from app.limits import UNLIMITED
from app.providers import Models
from app.replies import Desk, answering, keeper
from app.replies.keeper import Keeper
from tests.proof.world import PROCESSES
from tests.support.clock import Clock

LEASE_SECONDS = 15.0


class HandDesk(Desk):
    """A desk at which nothing happens by itself."""

    def in_background(self, task: Callable[..., None], *args: Any) -> None:
        """Take on an answer without listening to a model; do everything else at once."""
        if task is answering.begin:
            answering.take_on(*args)
        else:
            task(*args)


class RealProcesses:
    """They share the app and its database, and have each a desk and a keeper of leases."""

    def __init__(self, folder: Path, monkeypatch: Any) -> None:
        self.config = Config(
            secret_key="proof",
            database_url=f"sqlite:///{folder / 'proof.sqlite3'}",
            models=("demo",),
            limits=UNLIMITED,
            lease_seconds=LEASE_SECONDS,
        )
        self.app = create_app(self.config)
        self.clock = Clock()
        monkeypatch.setattr(keeper, "time", self.clock)
        with self.app.app_context():
            upgrade()

    def start(self) -> None:
        """Let both have done nothing yet."""
        self.processes = [self._process() for _ in range(PROCESSES)]

    def _process(self) -> tuple[HandDesk, Keeper]:
        desk = HandDesk(self.app, self.config, Models.from_config(self.config), directly)
        return desk, Keeper(desk.beat, LEASE_SECONDS)

    def as_process(self, process: int) -> Desk:
        """Have the app be this process from now on."""
        desk = self.processes[process][0]
        self.app.extensions["desk"] = desk
        return desk

    def crash(self, process: int) -> None:
        """Lose a process's memory."""
        self.processes[process] = self._process()

    def sweep(self, processes: Sequence[int]) -> None:
        """Let the lease's time pass in steps, in which the awake processes make their rounds."""
        for _ in range(4):
            for process in processes:
                self.as_process(process)
                with self.app.app_context():
                    self.processes[process][1].round()
            self.clock.sleep(LEASE_SECONDS / 2)
