"""When many answers end at once, nobody's text waits for all of their endings."""

from __future__ import annotations

import pytest

from app.models import Status
from app.providers import Text
from app.replies import answering, beat
from app.replies.answer import Answer
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.fixture
def ended(stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Seven answers with their last text, which end now, where a beat ends three."""
    monkeypatch.setattr(beat, "ENDINGS_PER_BEAT", 3)
    places = [stage.records.conversation(cast.olive) for _ in range(7)]
    answers = [stage.begin(where, cast.olive) for where in places]
    for answer in answers:
        answering.take(answer, Text("the end"))
        answer.end(Status.COMPLETE)
    return answers


def statuses(stage: Stage, answers: list[Answer]) -> list[Status]:
    return [stage.records.message(answer.public_id).status for answer in answers]


def test_a_beat_ends_some_and_the_next_ones_the_others(stage: Stage, ended: list[Answer]) -> None:
    completed = []
    for _ in range(3):
        stage.flush()
        completed.append(statuses(stage, ended).count(Status.COMPLETE))
    assert completed == [3, 6, 7]


def test_all_their_text_is_out_with_the_first(stage: Stage, ended: list[Answer]) -> None:
    stage.flush()
    contents = [stage.records.message(answer.public_id).content for answer in ended]
    assert contents == ["the end"] * 7
    assert all(answer.fragments == [] for answer in ended)


def test_the_beat_calls_itself_for_what_it_has_left(stage: Stage, ended: list[Answer]) -> None:
    news = stage.runtime.beat._news
    rung = []
    for _ in range(3):
        news.clear()
        stage.flush()
        rung.append(news.is_set())
    assert rung == [True, True, False]
