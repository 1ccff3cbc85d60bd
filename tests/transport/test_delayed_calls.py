"""Calls are made when they are due, in order, and all by one task."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.background import run_periodically
from app.transport.delayed_calls import DelayedCalls

SECONDS = 20.0


class Server:
    """A server that starts no tasks."""

    def __init__(self) -> None:
        self.tasks: list[tuple[Any, ...]] = []

    def start_background_task(self, *task: Any) -> None:
        self.tasks.append(task)


@pytest.fixture
def made() -> list[str]:
    """The calls that were made."""
    return []


@pytest.fixture
def calls(made: list[str]) -> DelayedCalls[str]:
    return DelayedCalls(Server(), SECONDS, made.append)


def test_calls_are_made_when_they_are_due(
    calls: DelayedCalls[str], made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    calls.add("first")
    calls.call_due()
    assert made == []
    now += SECONDS / 2
    calls.add("second")
    now += SECONDS / 2
    calls.call_due()
    assert made == ["first"]
    now += SECONDS
    calls.call_due()
    calls.call_due()
    assert made == ["first", "second"]


def test_one_task_makes_all_calls(calls: DelayedCalls[str]) -> None:
    calls.add("first")
    calls.add("second")
    ((function, call_due, *_),) = calls._server.tasks
    assert (function, call_due) == (run_periodically, calls.call_due)


def test_an_error_costs_one_call(made: list[str]) -> None:
    def fail_once(item: str) -> None:
        made.append(item)
        if item == "fails":
            raise OSError

    calls = DelayedCalls(Server(), 0, fail_once)
    calls.add("fails")
    calls.add("next")
    with pytest.raises(OSError):
        calls.call_due()
    calls.call_due()
    assert made == ["fails", "next"]
