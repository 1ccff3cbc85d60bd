"""The memory of two app processes; the state machine runs their background tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from app import commands, create_app
from app.config import Config, RateLimits
from app.providers import Models
from app.replies import Runtime, generation, leases
from app.replies.leases import RENEWALS_PER_LEASE, LeaseKeeper
from tests.proof.interfaces import PROCESSES
from tests.support.clock import Clock

LEASE_SECONDS = 15.0


def start_now(task: Callable[..., None], *args: Any) -> None:
    """Prepare an answer without listening to a model; run every other task at once."""
    if task is generation.generate:
        generation.prepare(*args)
    else:
        task(*args)


class RealProcesses:
    """They share the app and its database; each has a runtime and leases of its own."""

    def __init__(self, folder: Path, monkeypatch: Any, database_url: str | None = None) -> None:
        self.config = Config(
            secret_key="proof",
            database_url=database_url or f"sqlite:///{folder / 'proof.sqlite3'}",
            models=("demo",),
            rate_limits=RateLimits(*(None for _ in RateLimits._fields)),
            lease_seconds=LEASE_SECONDS,
        )
        self.app = create_app(self.config)
        self.app.extensions["background"].start = start_now
        self.clock = Clock()
        monkeypatch.setattr(leases, "time", self.clock)
        commands.register(self.app)
        with self.app.app_context():
            upgrade()

    def start(self) -> None:
        """Start both anew."""
        self.processes = [self._process() for _ in range(PROCESSES)]

    def _process(self) -> tuple[Runtime, LeaseKeeper]:
        runtime = Runtime(self.app, self.config, Models.from_config(self.config))
        return runtime, LeaseKeeper(runtime.group_commit, LEASE_SECONDS)

    def as_process(self, process: int) -> Runtime:
        """Make the app this process from now on."""
        runtime = self.processes[process][0]
        self.app.extensions["runtime"] = runtime
        return runtime

    def crash(self, process: int) -> None:
        """Lose a process's memory."""
        self.processes[process] = self._process()

    def sweep(self, processes: Sequence[int]) -> None:
        """Let a lease's time pass in steps, during which these processes renew their leases."""
        for _ in range(RENEWALS_PER_LEASE + 2):
            for process in processes:
                self.as_process(process)
                with self.app.app_context():
                    self.processes[process][1].run_once()
            self.clock.sleep(LEASE_SECONDS / RENEWALS_PER_LEASE)
