"""What a model gets to read before it answers."""

from __future__ import annotations

import pytest

from app.providers import Text, Thinking
from app.replies import answering, context
from tests.support.cast import Cast
from tests.support.stage import Stage


def heard(stage: Stage, reply: str) -> list[tuple[str, str]]:
    """Return the turns with which an answer that has just begun asks its model."""
    taken = answering.take_on(reply)
    assert taken is not None
    return [tuple(turn) for turn in taken[2]]


def test_a_first_question_stands_alone(stage: Stage, cast: Cast, conversation: str) -> None:
    assert heard(stage, stage.ask(conversation, cast.olive, "Hi")) == [("user", "Hi")]


def test_what_was_said_comes_before_it_without_thinking(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    stage.answered(conversation, cast.olive, Thinking("Hm."), Text("Hello"))
    assert heard(stage, stage.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "Hello"),
        ("user", "Why?"),
    ]


def test_an_answer_without_text_is_left_out(stage: Stage, cast: Cast, conversation: str) -> None:
    stage.answered(conversation, cast.olive, Thinking("Hm."))
    assert heard(stage, stage.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("user", "Why?"),
    ]


def test_questions_that_wait_come_after_their_own_turn(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    first = stage.begin(conversation, cast.olive, "one")
    stage.ask(conversation, cast.max, "two")
    stage.ask(conversation, cast.max, "three")
    answering.take(first, Text("1"))
    first.end(answering.Status.COMPLETE)
    stage.flush()

    answering.begin_next(stage.key(conversation))

    task, (reply,) = stage.later.pop()
    assert task is answering.begin
    assert heard(stage, reply) == [("user", "one"), ("assistant", "1"), ("user", "two")]


def test_a_retry_does_not_read_the_answer_it_replaces(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.answered(conversation, cast.olive, Text("Bad."))
    ack = stage.reader(cast.max).ask("retry", {"id": answer.public_id})
    assert heard(stage, ack["reply"]) == [("user", "And?")]


def test_of_what_is_too_much_the_newest_stays(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_CHARACTERS", 20)
    for text in ("x" * 15, "y" * 9):
        stage.answered(conversation, cast.olive, Text(text))
    assert heard(stage, stage.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "y" * 9),
        ("user", "Why?"),
    ]


def test_a_question_of_its_own_always_fits(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_CHARACTERS", 20)
    stage.answered(conversation, cast.olive, Text("Hello"))
    long = "Why? " * 10
    assert heard(stage, stage.ask(conversation, cast.max, long)) == [("user", long)]


def test_of_many_questions_the_newest_stay(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 2)
    for text in ("one", "two", "three"):
        stage.answered(conversation, cast.olive, Text(text))
    contents = [text for _, text in heard(stage, stage.ask(conversation, cast.max, "Why?"))]
    assert contents == ["And?", "three", "Why?"]
