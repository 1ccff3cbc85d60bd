"""A process renews the leases of what it writes, whatever happened to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import rounds
from app.replies.answer import Answer
from app.replies.keeper import Keeper
from tests.replies.conftest import LEASE
from tests.support.clock import Clock, Over
from tests.support.stage import Stage


def test_the_lease_counts_up_three_times_in_its_duration(
    ours: Keeper, clock: Clock, lease: Callable[[], int]
) -> None:
    counts = []
    for _ in range(31):
        ours.round()
        counts.append(lease())
        clock.sleep(0.5)
    assert counts[0] == 1, "a round after the first text must renew"
    assert counts[-1] == 4


def test_its_rounds_follow_each_other(
    ours: Keeper, clock: Clock, lease: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    until_then = Clock(ends=LEASE)
    until_then.at(0.1, lambda: clock.sleep(LEASE))
    monkeypatch.setattr(rounds, "socketio", until_then)
    with pytest.raises(Over):
        ours.run()
    assert lease() == 2


def test_while_its_process_lives_nobody_interrupts_an_answer(
    stage: Stage, ours: Keeper, others: Keeper, clock: Clock, answer: Answer
) -> None:
    for _ in range(100):
        ours.round()
        others.round()
        clock.sleep(1.0)
    assert stage.records.message(answer.public_id).status == "streaming"


def test_after_a_pause_a_process_does_not_interrupt_its_own_answers(
    stage: Stage, ours: Keeper, clock: Clock, answer: Answer
) -> None:
    ours.round()
    clock.sleep(10 * LEASE)
    ours.round()
    assert stage.records.message(answer.public_id).status == "streaming"
