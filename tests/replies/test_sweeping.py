"""An answer whose process is gone is ended by any other, and only then."""

from __future__ import annotations

import pytest

from app.replies import leases
from app.replies.group_commit import GroupCommit
from app.replies.in_flight import Answer
from app.replies.leases import LeaseKeeper
from tests.replies.conftest import LEASE
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.harness import Harness


def test_an_expired_lease_interrupts_the_answer_and_keeps_its_text(
    harness: Harness,
    cast: Cast,
    conversation: str,
    others: LeaseKeeper,
    clock: Clock,
    answer: Answer,
) -> None:
    max = harness.reader(cast.max, conversation)
    others.run_once()
    clock.sleep(LEASE)
    others.run_once()
    assert max.received() == [], "the lease has not run out yet"

    clock.sleep(0.1)
    others.run_once()
    others.run_once()

    [(name, end)] = max.received()
    assert (name, end["status"]) == ("streaming_end", "interrupted")
    assert harness.database.message(answer.public_id).content == "so far"


def test_a_new_process_waits_a_full_lease_before_interrupting(
    harness: Harness, clock: Clock, answer: Answer
) -> None:
    clock.sleep(10 * LEASE)
    LeaseKeeper(GroupCommit(0.04), LEASE).run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_renewal_between_the_check_and_the_end_keeps_the_answer(
    harness: Harness,
    ours: LeaseKeeper,
    others: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others.run_once()
    clock.sleep(LEASE + 1)
    end_now = leases.end_now

    def renew_first(ending: leases.Ending) -> bool:
        ours.run_once()
        return end_now(ending)

    monkeypatch.setattr(leases, "end_now", renew_first)
    others.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_process_drops_an_answer_that_another_one_ended(
    harness: Harness, ours: LeaseKeeper, others: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    others.run_once()
    clock.sleep(LEASE + 1)
    our_beat, harness.runtime.group_commit = harness.runtime.group_commit, GroupCommit(0.04)
    others.run_once()
    harness.runtime.group_commit = our_beat
    assert not answer.finished.is_set(), "precondition: this process has not noticed"

    ours.run_once()

    assert answer.finished.is_set()
