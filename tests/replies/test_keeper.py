"""The keeper's rounds: leases, those whose process is gone, and questions that wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Message
from app.providers import Text
from app.replies import answering, keeper
from app.replies.answer import Answer
from app.replies.beat import Beat
from app.replies.keeper import Keeper
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.stage import Stage

LEASE = 15.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keeper, "time", clock)
    return clock


@pytest.fixture
def answer(stage: Stage, cast: Cast, conversation: str) -> Answer:
    """An answer that this process is writing, with some text."""
    answer = stage.begin(conversation, cast.olive)
    answering.take(answer, Text("so far"))
    stage.flush()
    return answer


@pytest.fixture
def ours(stage: Stage, clock: Clock) -> Keeper:
    return Keeper(stage.desk.beat, LEASE)


@pytest.fixture
def others(clock: Clock) -> Keeper:
    """The keeper of a process that writes nothing."""
    return Keeper(Beat(0.04), LEASE)


@pytest.fixture
def lease(stage: Stage, answer: Answer) -> Callable[[], int]:
    found = select(Message.lease).where(Message.id == answer.message_id)
    return lambda: stage.records.read(lambda: db.session.scalars(found).one())


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


def test_while_its_process_lives_nobody_interrupts_an_answer(
    stage: Stage, ours: Keeper, others: Keeper, clock: Clock, answer: Answer
) -> None:
    for _ in range(100):
        ours.round()
        others.round()
        clock.sleep(1.0)
    assert stage.records.message(answer.public_id).status == "streaming"


def test_an_answer_whose_process_is_gone_is_interrupted_and_keeps_its_text(
    stage: Stage, cast: Cast, conversation: str, others: Keeper, clock: Clock, answer: Answer
) -> None:
    max = stage.reader(cast.max, conversation)
    others.round()
    clock.sleep(LEASE)
    others.round()
    assert max.received() == [], "the lease has not run out yet"

    clock.sleep(0.1)
    others.round()
    others.round()

    [(name, end)] = max.received()
    assert (name, end["status"]) == ("streaming_end", "interrupted")
    assert stage.records.message(answer.public_id).content == "so far"


def test_a_process_that_has_just_begun_gives_the_others_their_time(
    stage: Stage, clock: Clock, answer: Answer
) -> None:
    clock.sleep(10 * LEASE)
    Keeper(Beat(0.04), LEASE).round()
    assert stage.records.message(answer.public_id).status == "streaming"


def test_after_a_pause_a_process_does_not_interrupt_its_own_answers(
    stage: Stage, ours: Keeper, clock: Clock, answer: Answer
) -> None:
    ours.round()
    clock.sleep(10 * LEASE)
    ours.round()
    assert stage.records.message(answer.public_id).status == "streaming"


def test_a_renewal_between_the_look_and_the_end_saves_the_answer(
    stage: Stage,
    ours: Keeper,
    others: Keeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others.round()
    clock.sleep(LEASE + 1)
    end_now = keeper.end_now

    def renew_first(ending: keeper.Ending) -> bool:
        ours.round()
        return end_now(ending)

    monkeypatch.setattr(keeper, "end_now", renew_first)
    others.round()
    assert stage.records.message(answer.public_id).status == "streaming"


def test_what_another_process_has_ended_is_let_go_of(
    stage: Stage, ours: Keeper, others: Keeper, clock: Clock, answer: Answer
) -> None:
    others.round()
    clock.sleep(LEASE + 1)
    desk_beat, stage.desk.beat = stage.desk.beat, Beat(0.04)
    others.round()
    stage.desk.beat = desk_beat
    assert not answer.settled.is_set(), "this process must not know yet"

    ours.round()

    assert answer.settled.is_set()
