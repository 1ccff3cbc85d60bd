"""A queue counts what is in it, in both async modes."""

from __future__ import annotations

import queue
from typing import Any

import eventlet.queue
import pytest
from engineio.packet import MESSAGE, Packet

from app.transport.backlog import OBJECT_BYTES, counting_queue

BUDGET = 8000


@pytest.fixture(params=[queue.Queue, eventlet.queue.Queue], ids=["threading", "eventlet"])
def backlog(request: pytest.FixtureRequest) -> Any:
    """An empty queue."""
    return counting_queue(request.param, BUDGET)()


def counts(backlog: Any) -> tuple[int, int, int]:
    return backlog.waiting_bytes, backlog.put_bytes, backlog.taken_bytes


@pytest.mark.parametrize("how", [{"block": False}, {"timeout": 1}, {}])
def test_packets_are_counted_when_they_come_and_go(backlog: Any, how: dict[str, Any]) -> None:
    backlog.put(Packet(MESSAGE, "a"))
    assert counts(backlog) == (OBJECT_BYTES + 2, 2, 0)
    backlog.get(**how)
    assert counts(backlog) == (0, 2, 2)


def test_text_counts_as_its_bytes(backlog: Any) -> None:
    backlog.put(Packet(MESSAGE, "😀"))
    assert backlog.put_bytes == 5


def test_two_packets_of_any_size_fit_into_the_budget(backlog: Any) -> None:
    large = Packet(MESSAGE, "a" * 10 * BUDGET)
    assert 2 * backlog.counted(large) < BUDGET < 3 * backlog.counted(large)


def test_the_end_of_the_queue_counts_nothing(backlog: Any) -> None:
    backlog.put(None)
    assert counts(backlog) == (0, 0, 0)
    assert backlog.get(block=False) is None
    assert counts(backlog) == (0, 0, 0)
