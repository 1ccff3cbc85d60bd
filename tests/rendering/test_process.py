"""The process that renders: started when it is needed, never two, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.markdown import render
from app.rendering import process
from app.rendering.process import NoReply, NotStarted, Unrenderable, WorkerProcess
from app.rendering.worker import MOST_TEXTS, Texts
from tests.providers.processes import is_gone
from tests.support.waiting import eventually

pytestmark = pytest.mark.counted

TOO_SLOW = "".join(">" * (i % 19 + 1) + " a\n" for i in range(120_000))


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    yield worker
    worker.stop()


def rendered(worker: WorkerProcess | Texts, text: str, key: int = 1) -> str:
    """Return the HTML of a text."""
    while (html := worker.step(key, text)) is None:
        pass
    return html


def pid(worker: WorkerProcess) -> int:
    assert worker._child is not None and worker._child.pid is not None
    return worker._child.pid


def test_it_renders_as_the_app_does(worker: WorkerProcess) -> None:
    for text in ("*Hi*", "ü 😀 \0 \ufeff \ud800", "A paragraph.\n\n" * 5000):
        assert rendered(worker, text, len(text)) == render(text)


def test_it_is_the_same_process_each_time(worker: WorkerProcess) -> None:
    rendered(worker, "One")
    first = pid(worker)
    rendered(worker, "Two", 2)
    assert pid(worker) == first


def test_a_piece_that_takes_too_long_is_given_up_and_the_process_goes_on(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two limits that would end the process are far away: on a machine that stands still for
    some seconds, all of them pass at once."""
    patient = "from app.rendering import worker\nworker.KILL_SECONDS = 600\nmain()"
    monkeypatch.setattr(process, "PROGRAM", process.PROGRAM.replace("main()", patient))
    monkeypatch.setattr(process, "ANSWER_SECONDS", 120.0)
    rendered(worker, "One")
    first = pid(worker)
    with pytest.raises(Unrenderable):
        rendered(worker, TOO_SLOW, 2)
    assert rendered(worker, "Three", 3) == '<p dir="auto">Three</p>\n'
    assert pid(worker) == first


def test_a_piece_is_given_up_even_if_the_first_attempt_to_is_lost(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = """
def close():
    try:
        yield
    finally:
        while not lost:
            pass

def lose(*_):
    generator = close()
    next(generator)
    del generator
    while True:
        pass

lost = []
sys.unraisablehook = lost.append
from app.rendering import worker
worker.PIECE_SECONDS = 0.1
worker.KILL_SECONDS = 600
worker.GrowingText.step = lose
main()
"""
    monkeypatch.setattr(process, "PROGRAM", process.PROGRAM.replace("main()", compute))
    monkeypatch.setattr(process, "ANSWER_SECONDS", 120.0)
    with pytest.raises(Unrenderable):
        worker.step(1, "One")
    assert worker._child is not None and worker._child.is_running


def test_a_process_that_does_not_get_to_reply_is_killed_and_another_one_started(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that gets no processor time: it is not the text that is to blame."""
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    rendered(worker, "One")
    first = pid(worker)
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(NoReply):
        rendered(worker, "Two", 2)
    assert is_gone(first)
    monkeypatch.undo()
    assert rendered(worker, "Three", 3) == '<p dir="auto">Three</p>\n'


def test_a_text_that_computes_where_python_can_not_end_it_is_given_up(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = """
from app.rendering import worker
worker.KILL_SECONDS = 1
worker.GrowingText.step = lambda *_: 3 ** (10**9)
"""
    program = process.PROGRAM.replace("main()", compute + "main()")
    monkeypatch.setattr(process, "PROGRAM", program)
    monkeypatch.setattr(process, "ANSWER_SECONDS", 120.0)  # it may get little processor time
    with pytest.raises(Unrenderable):
        worker.step(1, "One")
    monkeypatch.undo()
    assert rendered(worker, "Two", 2) == '<p dir="auto">Two</p>\n'


def test_a_process_that_was_killed_is_started_again(worker: WorkerProcess) -> None:
    rendered(worker, "One")
    os.kill(pid(worker), signal.SIGKILL)
    assert rendered(worker, "Two", 2) == '<p dir="auto">Two</p>\n'


def test_a_text_that_ends_every_process_is_given_up(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(worker, "One")
    real = process.send

    def kill(peer: object, key: int, text: str) -> None:
        os.kill(pid(worker), signal.SIGKILL)

    monkeypatch.setattr(process, "send", kill)
    with pytest.raises(Unrenderable):
        worker.step(2, "Two")
    monkeypatch.setattr(process, "send", real)
    assert rendered(worker, "Three", 3) == '<p dir="auto">Three</p>\n'


def test_where_none_can_be_started_this_is_not_tried_each_time(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "PROGRAM", "raise SystemExit(1)")
    for _ in range(3):
        with pytest.raises(NotStarted):
            worker.step(1, "One")
    assert len(caplog.records) == 1
    monkeypatch.undo()
    monkeypatch.setattr(process, "RETRY_SECONDS", 0.0)
    assert rendered(worker, "One") == '<p dir="auto">One</p>\n'


def test_it_does_not_outlive_its_parent() -> None:
    code = (
        "from app.rendering.process import WorkerProcess; import time; worker = WorkerProcess();"
        "worker.step(1, 'Hi'); print(worker._child.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    eventually(lambda: is_gone(child))


def test_after_it_was_stopped_it_is_gone(worker: WorkerProcess) -> None:
    rendered(worker, "One")
    first = pid(worker)
    worker.stop()
    worker.stop()
    assert is_gone(first)


def test_it_is_not_killed_while_it_is_ending(worker: WorkerProcess) -> None:
    rendered(worker, "One")
    child = worker._child
    assert child is not None and child._process is not None
    worker.stop()
    assert child._process.returncode == 0


def test_only_so_many_texts_are_kept() -> None:
    texts = Texts()
    for key in range(3 * MOST_TEXTS):
        rendered(texts, "Hi", key)
    assert len(texts._texts) == MOST_TEXTS
