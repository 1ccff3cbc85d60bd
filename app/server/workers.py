"""Several server processes on one port: they are started, watched, and ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

from app.config import Config
from app.server.listening import address_of, bind
from app.server.stopping import StopSignal

FIRST_PAUSE_SECONDS = 0.1  # before a worker that has died is started again
LONGEST_PAUSE_SECONDS = 30.0
CHECK_SECONDS = 0.1
GOOD_SECONDS = 10.0  # a worker that has lived for so long has begun well: its pause is short again
END_SECONDS = 12.0  # that a worker may take to end after its drain; it takes eight at most


def run_workers(config: Config, command: list[str]) -> None:
    """Run `command` as often as WORKERS says, each with its number and a folder that they share,
    until this process is asked to stop. Exits the process where it can't listen."""
    stop = StopSignal()
    with (
        bind(config.host, config.port, is_shared=True) as port,  # so that no other program takes it
        tempfile.TemporaryDirectory(prefix="midstream-") as folder,
    ):
        env = {**os.environ, "PORT": str(port.getsockname()[1])}
        workers = [
            Worker([*command, "--worker", str(number), folder], env)
            for number in range(1, config.workers + 1)
        ]
        is_announced = False
        while not stop.is_set:
            for worker in workers:
                worker.keep_running()
            stop.wait(CHECK_SECONDS)
            if not is_announced and answers(port):
                is_announced = True
                print(f"Midstream is at {address_of(port)}", flush=True)
        end_workers(workers, stop, config.drain_seconds)


def end_workers(workers: list[Worker], stop: StopSignal, drain_seconds: float) -> None:
    """Let the workers come to their end, together; pass on that it has become urgent."""
    asked, deadline = None, float("inf")
    while time.monotonic() < deadline and any(worker.is_running for worker in workers):
        number = signal.SIGINT if stop.is_urgent else signal.SIGTERM
        if number != asked:
            asked = number
            deadline = min(deadline, time.monotonic() + seconds_to_end(number, drain_seconds))
            for worker in workers:
                worker.ask_to_stop(number)
        stop.wait(CHECK_SECONDS)
    for worker in workers:
        worker.wait(deadline - time.monotonic())


def seconds_to_end(number: signal.Signals, drain_seconds: float) -> float:
    """Return how long a worker may take to end after this signal."""
    return END_SECONDS + (drain_seconds if number == signal.SIGTERM else 0.0)


def answers(port: socket.socket) -> bool:
    """Return whether a worker listens at this socket's address."""
    with socket.socket(port.family) as attempt:
        return attempt.connect_ex(port.getsockname()) == 0


class Worker:
    """One of the processes; when it has died, another one takes its place."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._starts_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def keep_running(self) -> None:
        """Start the process where it does not run, after a pause that grows each time it dies."""
        now = time.monotonic()
        if self._process and self._process.poll() is not None:
            self._has_died(now)
        if self._process is None and now >= self._starts_at:
            self._process = subprocess.Popen(self._command, env=self._env)
            self._started_at = now

    def _has_died(self, now: float) -> None:
        if now - self._started_at > GOOD_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        number = self._command[-2]
        print(
            f"midstream: worker {number} has ended; another one starts in {self._pause:g} s.",
            file=sys.stderr,
            flush=True,
        )
        self._process = None
        self._starts_at = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    @property
    def is_running(self) -> bool:
        """Return whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal."""
        if self._process:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it after so many seconds."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, seconds))
            return
        self._process.kill()
        self._process.wait()
