"""A process renews the leases of its answers; answers with expired leases are interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app import background
from app.errors import Unavailable
from app.events import emit
from app.extensions import db
from app.models import Conversation, Message, Role, Status
from app.replies import leases, stopping
from app.replies.group_commit import GroupCommit
from app.replies.in_flight import Answer
from app.replies.leases import LeaseKeeper
from tests.replies.conftest import LEASE, watch
from tests.support.cast import Cast
from tests.support.clock import Clock, Over
from tests.support.harness import Harness


def test_a_lease_is_renewed_three_times_in_its_duration(
    keeper: LeaseKeeper, clock: Clock, lease: Callable[[], int]
) -> None:
    counts = []
    for _ in range(31):
        keeper.run_once()
        counts.append(lease())
        clock.sleep(0.5)
    assert counts[0] == 1, "the first run must renew the lease"
    assert counts[-1] == 4


def test_leases_are_renewed_periodically(
    keeper: LeaseKeeper, clock: Clock, lease: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    until_then = Clock(ends=LEASE)
    until_then.at(0.1, lambda: clock.sleep(LEASE))
    monkeypatch.setattr(background, "socketio", until_then)
    with pytest.raises(Over):
        keeper.run()
    assert lease() == 2


def test_an_answer_is_not_interrupted_while_its_lease_is_renewed(
    harness: Harness, keeper: LeaseKeeper, other_keeper: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    for _ in range(100):
        keeper.run_once()
        other_keeper.run_once()
        clock.sleep(1.0)
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_process_does_not_interrupt_its_own_answers_after_a_pause(
    harness: Harness, keeper: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    keeper.run_once()
    clock.sleep(10 * LEASE)
    keeper.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


@pytest.mark.parametrize("seconds", [LEASE - 1, 10 * LEASE])
def test_a_process_that_was_paused_while_it_looked_interrupts_nobody_because_of_it(
    harness: Harness,
    keeper: LeaseKeeper,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    keeper.run_once()
    other_keeper.run_once()
    clock.sleep(LEASE / 3 - 0.1)
    find = leases.find

    def find_and_pause(*args: Any, **options: Any) -> Any:
        found = find(*args, **options)
        clock.sleep(seconds)
        return found

    with monkeypatch.context() as paused:
        paused.setattr(leases, "find", find_and_pause)
        for each in (other_keeper, keeper):
            each.run_once()
    for _ in range(3):
        other_keeper.run_once()  # before the process of the answer has gone on
        keeper.run_once()
        clock.sleep(0.25)
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_process_never_interrupts_an_answer_that_it_is_writing(
    harness: Harness,
    keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeper.run_once()
    monkeypatch.setattr(leases, "renew", lambda *_: set())  # another transaction has locked it
    watch(keeper, clock, 3 * LEASE)
    keeper.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


@pytest.mark.parametrize("seconds", [LEASE - 0.5, LEASE, LEASE + 0.5, 3 * LEASE])
def test_whoever_writes_a_locked_answer_has_time_to_renew_its_lease_when_it_is_free(
    harness: Harness,
    keeper: LeaseKeeper,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    keeper.run_once()
    other_keeper.run_once()
    with monkeypatch.context() as locked:
        for name, found in (("renew", set()), ("unlocked_among", set()), ("end_now", False)):
            locked.setattr(leases, name, lambda *_, found=found: found)
        for _ in range(round(seconds / leases.RUN_SECONDS)):
            clock.sleep(leases.RUN_SECONDS)
            keeper.run_once()
            other_keeper.run_once()
    for _ in range(3):
        clock.sleep(leases.RUN_SECONDS)
        other_keeper.run_once()  # before the process of the answer
    keeper.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)
    other_keeper.run_once()
    assert harness.database.message(answer.public_id).status == "interrupted", "its process is gone"


def test_without_the_database_no_lease_expires(
    harness: Harness,
    keeper: LeaseKeeper,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeper.run_once()
    other_keeper.run_once()

    def fails(*_: object, **__: object) -> None:
        raise Unavailable

    with monkeypatch.context() as away:
        away.setattr(leases, "find", fails)
        for _ in range(40):
            clock.sleep(2.0)
            with pytest.raises(Unavailable):
                other_keeper.run_once()
    other_keeper.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


def test_while_nothing_streams_leases_are_looked_at_once_a_second(
    harness: Harness, other_keeper: LeaseKeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    find = leases.find

    def note(*args: Any, **options: Any) -> Any:
        looks.append(clock.elapsed)
        return find(*args, **options)

    monkeypatch.setattr(leases, "find", note)
    for _ in range(8):
        other_keeper.run_once()
        clock.sleep(0.25)
    assert looks == [0.0, 1.0]


def test_an_expired_lease_interrupts_the_answer_and_keeps_its_text(
    harness: Harness,
    cast: Cast,
    conversation: str,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
) -> None:
    max = harness.reader(cast.max, conversation)
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE)
    other_keeper.run_once()
    assert max.received() == [], "the lease has not run out yet"

    clock.sleep(0.1)
    other_keeper.run_once()
    other_keeper.run_once()

    [(name, end)] = max.received()
    assert (name, end["status"]) == ("streaming_end", "interrupted")
    assert harness.database.message(answer.public_id).content == "so far"


def test_answers_that_are_interrupted_together_are_one_line_in_the_log(
    harness: Harness,
    cast: Cast,
    other_keeper: LeaseKeeper,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A process with five hundred answers may be killed."""
    monkeypatch.setattr(leases, "MOST_NAMED", 2)
    answers = [harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in "123"]
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)
    other_keeper.run_once()

    named = ", ".join(str(answer.message_id) for answer in answers[:2])
    assert leases.INTERRUPTED % (3, named) in caplog.messages


def test_a_new_process_waits_a_full_lease_before_interrupting(
    harness: Harness, clock: Clock, answer: Answer
) -> None:
    clock.sleep(10 * LEASE)
    LeaseKeeper(GroupCommit(0.04), LEASE).run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_renewal_between_the_check_and_the_end_keeps_the_answer(
    harness: Harness,
    keeper: LeaseKeeper,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)
    end_now = leases.end_now

    def renew_first(ending: leases.Ending) -> bool:
        keeper.run_once()
        return end_now(ending)

    monkeypatch.setattr(leases, "end_now", renew_first)
    other_keeper.run_once()
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_process_drops_an_answer_that_another_one_ended(
    harness: Harness, keeper: LeaseKeeper, other_keeper: LeaseKeeper, clock: Clock, answer: Answer
) -> None:
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)
    own_group_commit, harness.runtime.group_commit = harness.runtime.group_commit, GroupCommit(0.04)
    other_keeper.run_once()
    harness.runtime.group_commit = own_group_commit
    assert not answer.finished.is_set(), "precondition: this process has not noticed"

    keeper.run_once()

    assert answer.finished.is_set()


def test_an_answer_that_this_process_has_ended_is_its_own_until_the_readers_are_told(
    harness: Harness, keeper: LeaseKeeper, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_commit = harness.runtime.group_commit
    owned: list[bool] = []

    def look(_: object) -> None:
        assert harness.database.message(answer.public_id).status == "interrupted"
        keeper.run_once()  # another task has its turn while many readers are told
        owned.append(answer.message_id in group_commit.answers)

    monkeypatch.setattr(emit, "streaming_end", look)
    answer.end(Status.INTERRUPTED)
    group_commit.flush()
    assert owned == [True], "a shutdown would go on before the readers are told"
    assert not group_commit.answers


def test_an_answer_that_can_not_be_interrupted_holds_up_no_other(
    harness: Harness,
    cast: Cast,
    other_keeper: LeaseKeeper,
    clock: Clock,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    tries: list[int] = []
    end = stopping.end

    def fail_for_one(ending: leases.Ending) -> object:
        if ending.message_id == answer.message_id:
            tries.append(ending.message_id)
            raise OverflowError
        return end(ending)

    monkeypatch.setattr(stopping, "end", fail_for_one)
    other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)
    for _ in range(10):
        other_keeper.run_once()

    assert harness.database.message(later.public_id).status == "interrupted"
    assert harness.database.message(answer.public_id).status == "streaming"
    assert len(tries) == 1, "it is tried again later"


def test_a_sweep_reads_some_leases_and_the_next_run_goes_on(
    harness: Harness,
    cast: Cast,
    other_keeper: LeaseKeeper,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "LEASES_AT_ONCE", 2)
    answers = [harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in "1234"]
    for _ in range(3):
        other_keeper.run_once()
    watch(other_keeper, clock, LEASE + 1)

    def interrupted() -> int:
        found = [harness.database.message(answer.public_id).status for answer in answers]
        return found.count("interrupted")

    counts = []
    for _ in range(4):
        other_keeper.run_once()
        counts.append(interrupted())
    assert counts[0] <= 2, "each run reads so many at most"
    assert counts[-1] == 4


def test_an_answer_that_another_process_ended_is_dropped_after_a_sweep_in_parts(
    harness: Harness,
    cast: Cast,
    keeper: LeaseKeeper,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "LEASES_AT_ONCE", 2)
    others = [harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in "1234"]
    ended = update(Message).where(Message.id == answer.message_id).values(status="stopped")
    harness.database.write(lambda: db.session.execute(ended))
    for _ in range(6):
        keeper.run_once()
    assert answer.finished.is_set()
    assert not any(other.finished.is_set() for other in others)


def test_a_question_that_can_not_be_answered_holds_up_no_other(
    harness: Harness,
    cast: Cast,
    keeper: LeaseKeeper,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = [harness.database.conversation(cast.olive) for _ in range(2)]
    for place in places:
        harness.answered(place, cast.olive)
        harness.database.write(lambda p=place: let_wait(p))
    bad = harness.key(places[0])
    started: list[int] = []

    def fail_for_one(conversation_id: int) -> None:
        started.append(conversation_id)
        if conversation_id == bad:
            raise OverflowError

    monkeypatch.setattr(leases, "start_next", fail_for_one)
    monkeypatch.setattr(leases, "STARTED_AT_ONCE", 1)
    for _ in range(3):
        keeper.run_once()
    assert started == [bad, *[harness.key(places[1])] * 2]


def let_wait(conversation: str) -> None:
    """Let the question of a conversation wait for an answer."""
    question = update(Message).where(Message.role == Role.USER)
    here = select(Conversation.id).where(Conversation.public_id == conversation).scalar_subquery()
    db.session.execute(question.where(Message.conversation_id == here).values(waiting=True))
