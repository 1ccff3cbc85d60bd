"""Whoever logs never waits for whoever reads the log; what could not be written is counted."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from app import counts, logs
from app.logs import writing
from app.logs.writing import LineWriter, QueueHandler

LINES = 50
LOST = re.compile(
    r"^(\d+) lines of the log were lost: nobody has read them in time.$", re.MULTILINE
)
LONG = "x" * 10_000  # more of these than a pipe holds


class Piped(NamedTuple):
    """A logger whose lines go into a pipe, and the pipe's end."""

    logger: logging.Logger
    handler: QueueHandler
    end: int

    def read(self, size: int = 1_000_000) -> str:
        """Return what is in the pipe."""
        return os.read(self.end, size).decode()


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Piped]:
    """A pipe that nobody reads, but the test."""
    monkeypatch.setattr(writing, "MOST_WAITING", LINES)
    monkeypatch.setattr(writing, "FLUSH_SECONDS", 0.05)
    end, beginning = os.pipe()
    writer = LineWriter(beginning)
    threading.Thread(target=writer.run, daemon=True).start()
    handler, logger = QueueHandler(writer), logging.Logger("piped")
    logger.addHandler(handler)
    yield Piped(logger, handler, end)
    os.close(end)  # the thread ends its write with an error, which is nobody's trouble
    counts.LOG_LINES_WAITING.read = lambda: 0.0


def test_lines_are_written_in_order(piped: Piped) -> None:
    for number in range(10):
        piped.logger.error("line %d", number)
    piped.handler.flush()
    assert piped.read() == "".join(f"line {number}\n" for number in range(10))


def test_a_pipe_that_nobody_reads_holds_up_nobody(piped: Piped) -> None:
    before = counts.LOG_LINES_DROPPED.value
    for _ in range(10 * LINES):
        piped.logger.error(LONG)  # returns at once, or this test never ends
    piped.handler.flush()  # nor does this
    dropped = counts.LOG_LINES_DROPPED.value - before
    assert dropped >= 10 * LINES - 2 * LINES - 20, "some are in the pipe, in hand and waiting"
    assert counts.LOG_LINES_WAITING.read() <= LINES
    text = ""
    while counts.LOG_LINES_WAITING.read():
        text += piped.read()
    piped.logger.error("after")
    while "after\n" not in text or sum(map(int, LOST.findall(text))) < dropped:
        text += piped.read()
    assert sum(map(int, LOST.findall(text))) == dropped, "whenever it had the time to say so"


def test_what_can_not_be_formatted_is_counted(piped: Piped) -> None:
    before = counts.LOG_LINES_DROPPED.value
    piped.logger.error("%d", "not a number")
    assert counts.LOG_LINES_DROPPED.value == before + 1


def test_a_closed_standard_error_is_nobodys_trouble() -> None:
    end, beginning = os.pipe()
    os.close(end)
    writer = LineWriter(beginning)
    threading.Thread(target=writer.run, daemon=True).start()
    for _ in range(3):
        writer.put("a line")
        writer.flush()
    assert writer.waiting == 0
    os.close(beginning)


def test_a_server_writes_in_a_thread_of_its_own(
    unconfigured: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(run: object) -> None:
        started.append(threading.Thread(target=run, daemon=True))  # type: ignore[arg-type]
        started[0].start()

    with open(os.dup(2), "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        logs.configure(None, start)
        logging.getLogger("app.x").info("It serves.")
        logging.root.handlers[-1].flush()
    assert len(started) == 1
    assert "INFO in app.x: It serves." in capfd.readouterr().err
