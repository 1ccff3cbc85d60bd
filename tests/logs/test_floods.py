"""One thing that goes wrong thousands of times is a bounded number of lines, with a count."""

from __future__ import annotations

import logging

import pytest

from app import counts
from app.logs import floods
from app.logs.floods import LAST, MOST_KINDS, MOST_LINES, WINDOW_SECONDS, FloodFilter
from tests.support.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the filter."""
    clock = Clock()
    monkeypatch.setattr(floods, "time", clock)
    return clock


def record(line: int, level: int = logging.ERROR) -> logging.LogRecord:
    """Return what is logged in a line of a file."""
    return logging.LogRecord("app.x", level, "x.py", line, "It fails.", (), None)


def written(flood: FloodFilter, records: list[logging.LogRecord]) -> list[dict[str, object]]:
    """Return what was added to those that were let through."""
    return [getattr(each, "fields", {}) for each in records if flood.filter(each)]


def test_a_flood_is_some_lines_a_minute_and_a_count(clock: Clock) -> None:
    flood, before = FloodFilter(), counts.LOG_LINES_LEFT_OUT.value
    first = written(flood, [record(1) for _ in range(5000)])
    assert first == [*[{}] * (MOST_LINES - 1), {"note": LAST}]
    assert counts.LOG_LINES_LEFT_OUT.value - before == 5000 - MOST_LINES
    clock.sleep(WINDOW_SECONDS)
    assert written(flood, [record(1), record(1)]) == [{"left_out": 5000 - MOST_LINES}, {}]


def test_another_line_is_not_left_out(clock: Clock) -> None:
    flood = FloodFilter()
    written(flood, [record(1) for _ in range(100)])
    assert written(flood, [record(2)]) == [{}]


def test_what_is_logged_of_each_request_is_no_flood(clock: Clock) -> None:
    requests = [record(1, logging.INFO) for _ in range(100)]
    assert len(written(FloodFilter(), requests)) == 100


def test_what_is_remembered_is_bounded(clock: Clock) -> None:
    flood = FloodFilter()
    written(flood, [record(line) for line in range(3 * MOST_KINDS)])
    assert len(flood._windows) <= MOST_KINDS
