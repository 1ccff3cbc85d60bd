"""A process renews the leases of its answers; other processes end answers with expired leases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import background
from app.replies.in_flight import Answer
from app.replies.leases import LeaseKeeper
from tests.replies.conftest import LEASE
from tests.support.clock import Clock, Over
from tests.support.harness import Harness


def test_a_lease_is_renewed_three_times_in_its_duration(
    ours: LeaseKeeper, clock: Clock, lease: Callable[[], int]
) -> None:
    counts = []
    for _ in range(31):
        ours.run_once()
        counts.append(lease())
        clock.sleep(0.5)
    assert counts[0] == 1, "the first run must renew the lease"
    assert counts[-1] == 4


def test_leases_are_renewed_periodically(
    ours: LeaseKeeper, clock: Clock, lease: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    until_then = Clock(ends=LEASE)
    until_then.at(0.1, lambda: clock.sleep(LEASE))
    monkeypatch.setattr(background, "socketio", until_then)
    with pytest.raises(Over):
        ours.run()
    assert lease() == 2


def test_an_answer_is_not_interrupted_while_its_lease_is_renewed(
    harness: Harness, ours: LeaseKeeper, others: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    for _ in range(100):
        ours.run_once()
        others.run_once()
        clock.sleep(1.0)
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_process_does_not_interrupt_its_own_answers_after_a_pause(
    harness: Harness, ours: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    ours.run_once()
    clock.sleep(10 * LEASE)
    ours.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"
