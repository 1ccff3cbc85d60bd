"""Worker processes are started, started again with a growing pause, and ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import pytest

from app.server import workers
from app.server.workers import FIRST_PAUSE_SECONDS, GOOD_SECONDS, LONGEST_PAUSE_SECONDS, Worker

SLEEPS = "import time; time.sleep(600)"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


class FakeProcess:
    """A process that the test ends."""

    started: ClassVar[list[FakeProcess]] = []

    def __init__(self, *_: object, **__: object) -> None:
        self.code: int | None = None
        self.signals: list[int] = []
        self.started.append(self)

    def poll(self) -> int | None:
        return self.code

    def send_signal(self, number: int) -> None:
        self.signals.append(number)

    def wait(self, timeout: float | None = None) -> None:
        if timeout is not None and self.code is None:
            raise subprocess.TimeoutExpired("run", timeout)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time, which the test sets; processes are fake."""
    time = [1000.0]
    monkeypatch.setattr(workers.time, "monotonic", lambda: time[0])
    monkeypatch.setattr(workers.subprocess, "Popen", FakeProcess)
    FakeProcess.started.clear()
    yield time


def pauses(worker: Worker, clock: list[float], deaths: int, lives: float) -> list[float]:
    """Let the process die again and again after `lives` seconds; return the pauses."""
    found = []
    for _ in range(deaths):
        worker.keep_running()
        clock[0] += lives
        FakeProcess.started[-1].code = 1
        count, died = len(FakeProcess.started), clock[0]
        while len(FakeProcess.started) == count:
            worker.keep_running()
            clock[0] += 0.05
        found.append(clock[0] - 0.05 - died)
    return found


def test_a_worker_that_dies_is_started_again_with_a_growing_pause(clock: list[float]) -> None:
    found = pauses(Worker(["run", "1", "folder"], {}), clock, 12, lives=1.0)
    assert found[0] == pytest.approx(FIRST_PAUSE_SECONDS, abs=0.06)
    assert all(later > earlier for earlier, later in pairwise(found[:9]))
    assert found[-1] == pytest.approx(LONGEST_PAUSE_SECONDS, abs=0.06)


def test_one_that_has_lived_for_a_while_is_started_again_soon(clock: list[float]) -> None:
    worker = Worker(["run", "1", "folder"], {})
    pauses(worker, clock, 5, lives=1.0)
    found = pauses(worker, clock, 3, lives=GOOD_SECONDS + 1)
    assert found == pytest.approx([FIRST_PAUSE_SECONDS] * 3, abs=0.06)


def test_a_worker_that_runs_is_left_alone(clock: list[float]) -> None:
    worker = Worker(["run", "1", "folder"], {})
    for _ in range(5):
        worker.keep_running()
        clock[0] += 1
    assert len(FakeProcess.started) == 1
    worker.ask_to_stop()
    assert FakeProcess.started[0].signals == [signal.SIGTERM]


@pytest.mark.parametrize(("program", "code"), [(SLEEPS, -signal.SIGTERM), (IGNORES, None)])
def test_workers_end_or_are_killed(program: str, code: int | None) -> None:
    worker = Worker([sys.executable, "-c", program, "1", "folder"], {})
    worker.keep_running()
    process: subprocess.Popen[bytes] | None = worker._process
    assert process is not None
    worker.ask_to_stop()
    worker.wait(5.0 if code else 0.2)
    assert process.returncode in ([code] if code else [-signal.SIGKILL, -signal.SIGTERM])


def test_a_worker_that_does_not_run_need_not_be_ended() -> None:
    worker = Worker(["run", "1", "folder"], {})
    worker.ask_to_stop()
    worker.wait(1.0)


class ScriptedStop:
    """A StopSignal that becomes urgent after some waits."""

    def __init__(self, urgent_after: float) -> None:
        self.waits = 0
        self._urgent_after = urgent_after

    @property
    def is_urgent(self) -> bool:
        return self.waits >= self._urgent_after

    def wait(self, seconds: float) -> None:
        self.waits += 1


@pytest.mark.parametrize(
    ("urgent_after", "signals"),
    [(0, [signal.SIGINT]), (2, [signal.SIGTERM, signal.SIGINT])],
)
def test_workers_are_told_once_how_urgent_it_is(
    clock: list[float], urgent_after: float, signals: list[signal.Signals]
) -> None:
    running = [Worker(["run", str(number), "folder"], {}) for number in range(2)]
    for worker in running:
        worker.keep_running()
    stop = ScriptedStop(urgent_after)
    wait = stop.wait

    def wait_and_end(seconds: float) -> None:
        wait(seconds)
        if stop.waits == 4:
            for process in FakeProcess.started:
                process.code = 0

    stop.wait = wait_and_end  # type: ignore[method-assign]
    workers.end_workers(running, stop, 30.0)  # type: ignore[arg-type]
    assert [process.signals for process in FakeProcess.started] == [signals, signals]


def test_a_worker_that_drains_for_too_long_is_killed(clock: list[float]) -> None:
    worker = Worker(["run", "1", "folder"], {})
    worker.keep_running()
    stop = ScriptedStop(float("inf"))

    def wait(seconds: float) -> None:
        clock[0] += 1.0

    stop.wait = wait  # type: ignore[method-assign]
    began = clock[0]
    workers.end_workers([worker], stop, 30.0)  # type: ignore[arg-type]
    assert FakeProcess.started[0].signals == [signal.SIGTERM, signal.SIGKILL]
    assert clock[0] - began == pytest.approx(30.0 + workers.END_SECONDS, abs=1.5)
