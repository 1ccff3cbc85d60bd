"""When many answers end at once, nobody's text waits for all of their endings."""

from __future__ import annotations

import pytest

from app.models import Status
from app.providers import Text
from app.replies import generation, group_commit
from app.replies.in_flight import Answer
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def ended(harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Seven ending answers with their last text; one commit ends at most three."""
    monkeypatch.setattr(group_commit, "ENDINGS_PER_COMMIT", 3)
    places = [harness.database.conversation(cast.olive) for _ in range(7)]
    answers = [harness.begin(where, cast.olive) for where in places]
    for answer in answers:
        generation.receive(answer, Text("the end"))
        answer.end(Status.COMPLETE)
    return answers


def statuses(harness: Harness, answers: list[Answer]) -> list[Status]:
    return [harness.database.message(answer.public_id).status for answer in answers]


def test_many_endings_are_spread_over_several_commits(
    harness: Harness, ended: list[Answer]
) -> None:
    completed = []
    for _ in range(3):
        harness.flush()
        completed.append(statuses(harness, ended).count(Status.COMPLETE))
    assert completed == [3, 6, 7]


def test_the_first_commit_stores_the_text_of_all_ending_answers(
    harness: Harness, ended: list[Answer]
) -> None:
    harness.flush()
    contents = [harness.database.message(answer.public_id).content for answer in ended]
    assert contents == ["the end"] * 7
    assert all(answer.pieces == [] for answer in ended)


def test_a_commit_wakes_the_next_one_for_remaining_endings(
    harness: Harness, ended: list[Answer]
) -> None:
    news = harness.runtime.group_commit._wake
    rung = []
    for _ in range(3):
        news.clear()
        harness.flush()
        rung.append(news.is_set())
    assert rung == [True, True, False]
