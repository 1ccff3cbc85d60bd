"""What waits for the database has a bound for the process, of which each answer has its share."""

from __future__ import annotations

import logging

import pytest

from app.models import Status
from app.providers import Text
from app.replies.group_commit import GroupCommit
from app.replies.held_back import HeldBack, size_of
from app.replies.in_flight import HELD_TOO_MUCH, Answer

LETTER = size_of([Text("x")])


def test_more_than_the_bound_is_refused_once_an_answer_has_its_share(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = HeldBack(100)
    for key in (1, 2):
        held.begin(key)
    assert held.take(1, 90)
    with caplog.at_level(logging.ERROR):
        assert not held.take(1, 20)
        assert not held.take(1, 20)
    assert len(caplog.records) == 1, "said once"
    assert held.take(2, 50), "its share"
    assert not held.take(2, 1)
    assert held.total == 140


def test_what_is_committed_or_ended_makes_room() -> None:
    held = HeldBack(100)
    for key in (1, 2):
        held.begin(key)
    assert held.take(1, 100) and not held.take(1, 1)
    held.give_back(1, 10)
    assert held.take(1, 10) and not held.take(1, 1)
    held.give_back(1, 60)
    assert held.take(1, 60)
    held.end(1)
    assert held.total == 0
    assert held.take(1, 10) and held.total == 0, "an answer that has ended holds nothing"
    held.give_back(1, 10)
    held.end(1)
    assert held.total == 0


def answer_in(commit: GroupCommit, key: int) -> Answer:
    answer = Answer(key, f"answer {key}", "conversation")
    commit.add(answer)
    return answer


def test_an_answer_ends_that_would_hold_too_much_and_keeps_what_it_has() -> None:
    commit = GroupCommit(0.04, most_held_bytes=4 * LETTER)
    long, short = answer_in(commit, 1), answer_in(commit, 2)
    assert all(long.add(Text("x")) for _ in range(4))
    assert not long.add(Text("y"))
    assert long.ending is not None
    assert (long.ending.status, long.ending.error) == (Status.FAILED, HELD_TOO_MUCH)
    assert long.pending().delta.content == "xxxx"
    assert short.add(Text("z")) and not short.is_over
    assert commit.held_back.total == 5 * LETTER


@pytest.mark.parametrize("how", ["committed", "dropped", "ended"])
def test_nothing_is_counted_that_is_no_longer_held(how: str) -> None:
    commit = GroupCommit(0.04, most_held_bytes=4 * LETTER)
    answer = answer_in(commit, 1)
    answer.add(Text("x"))
    first = answer.pending()
    answer.add(Text("x"))
    assert commit.held_back.total == 2 * LETTER
    if how == "committed":
        answer.mark_committed(first)
        assert commit.held_back.total == LETTER
        answer.mark_committed(answer.pending())
    elif how == "dropped":
        answer.fail("It could not be stored.")
    else:
        commit.remove(answer.message_id)
    assert commit.held_back.total == 0
