"""The turns that are sent to a model with a question."""

from __future__ import annotations

import pytest

from app import replies
from app.extensions import db
from app.models import Message
from app.providers import Text, Thinking
from app.providers.turns import PINNED, PINNED_ANSWER
from app.replies import context, generation
from app.replies.context import turns_before
from tests.support.cast import Cast
from tests.support.harness import Harness


def turns_for(harness: Harness, reply: str) -> list[tuple[str, str]]:
    """Return the turns that are sent to the model for a new answer."""
    return turns_of(harness, harness.message_key(reply))


def turns_of(harness: Harness, key: int) -> list[tuple[str, str]]:
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)))
    return [(turn.role, turn.content) for turn in turns]


def test_a_first_question_is_the_only_turn(harness: Harness, cast: Cast, conversation: str) -> None:
    assert turns_for(harness, harness.ask(conversation, cast.olive, "Hi")) == [("user", "Hi")]


def test_earlier_turns_are_sent_without_thinking(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Thinking("Hm."), Text("Hello"))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "Hello"),
        ("user", "Why?"),
    ]


def test_an_answer_without_text_is_left_out(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Thinking("Hm."))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("user", "Why?"),
    ]


def test_a_question_is_sent_without_those_waiting_after_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.begin(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.ask(conversation, cast.max, "three")
    generation.add_event(first, Text("1"))
    first.end(generation.Status.COMPLETE)
    harness.flush()

    generation.start_next(harness.key(conversation))

    task, (key,) = harness.later.pop()
    assert task is generation.generate
    assert turns_of(harness, key) == [("user", "one"), ("assistant", "1"), ("user", "two")]


def test_a_retry_omits_the_answer_it_replaces(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Bad."))
    ack = harness.reader(cast.max).ask("retry", {"id": answer.public_id})
    assert turns_for(harness, ack["reply"]) == [("user", "And?")]


def test_a_long_context_keeps_the_newest_turns(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_CHARACTERS", 20)
    for text in ("x" * 15, "y" * 9):
        harness.answered(conversation, cast.olive, Text(text))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "y" * 9),
        ("user", "Why?"),
    ]


def test_the_question_itself_is_never_cut(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_CHARACTERS", 20)
    harness.answered(conversation, cast.olive, Text("Hello"))
    long = "Why? " * 10
    assert turns_for(harness, harness.ask(conversation, cast.max, long)) == [("user", long)]


def test_the_context_has_the_newest_questions_only(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 2)
    for text in ("one", "two", "three"):
        harness.answered(conversation, cast.olive, Text(text))
    contents = [text for _, text in turns_for(harness, harness.ask(conversation, cast.max, "Why?"))]
    assert contents == ["And?", "three", "Why?"]


def test_only_what_is_shown_is_sent(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.answered(conversation, cast.olive, Text("Bad."))
    olive = harness.reader(cast.olive)
    question = harness.database.messages(conversation)[0].id
    ack = olive.ask("edit", {"id": question, "content": "Or?"})
    assert turns_for(harness, ack["reply"]) == [("user", "Or?")]


def test_an_answer_that_is_hidden_before_it_begins_gets_what_led_to_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    olive = harness.reader(cast.olive)
    harness.answered(conversation, cast.olive, Text("Second."))
    first, _, third, answer = (m.id for m in harness.database.messages(conversation))
    retried = harness.message_key(olive.ask("retry", {"id": answer})["reply"])
    expected = [("user", "And?"), ("assistant", "First."), ("user", "And?")]
    assert turns_of(harness, retried) == expected

    shown = harness.database.messages(conversation)[-1].id
    olive.ask("choose", {"id": shown, "version": 1})
    assert turns_of(harness, retried) == expected, "another version of it is shown"
    olive.ask("edit", {"id": third, "content": "Or?"})
    assert turns_of(harness, retried) == expected, "and of its question"
    olive.ask("edit", {"id": first, "content": "Else?"})
    assert turns_of(harness, retried) == expected, "and of the first question"


def test_an_answer_gets_the_answers_of_its_own_version(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.answered(conversation, cast.olive, Text("First."))
    olive = harness.reader(cast.olive)
    second = olive.ask("retry", {"id": first.public_id})["reply"]
    answer = harness.prepare(harness.message_key(second))
    generation.add_event(answer, Text("Second."))
    answer.end(generation.Status.COMPLETE)
    harness.flush()
    waiting = harness.message_key(harness.ask(conversation, cast.max, "Why?"))

    olive.ask("choose", {"id": second, "version": 1})

    assert turns_of(harness, waiting) == [
        ("user", "And?"),
        ("assistant", "Second."),
        ("user", "Why?"),
    ]


def pin(harness: Harness, cast: Cast, *messages: str) -> None:
    for message in messages:
        replies.pin(harness.message_key(message), harness.user(cast.olive), on=True)


def test_what_is_pinned_stays_when_older_turns_are_left_out(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("1", "2", "3"):
        harness.answered(conversation, cast.olive, Text(text))
    _, first_answer, second, *_ = (each.id for each in harness.database.messages(conversation))
    pin(harness, cast, second, first_answer)
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 2)
    key = harness.message_key(harness.ask(conversation, cast.olive, "4?"))
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)))
    assert [turn.content for turn in turns] == ["1", "And?", "And?", "3", "4?"]
    assert [turn.role for turn in turns[:3]] == ["user"] * 3
    assert [turn.preface for turn in turns[:4]] == [PINNED_ANSWER, PINNED, "", ""]
    assert [turn.is_pinned for turn in turns] == [True, True, False, False, False]


def test_what_is_pinned_is_sent_once_and_in_its_place_where_it_fits(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("1"))
    pin(harness, cast, *(each.id for each in harness.database.messages(conversation)))
    reply = harness.ask(conversation, cast.olive, "2?")
    assert turns_for(harness, reply) == [("user", "And?"), ("assistant", "1"), ("user", "2?")]


def test_of_much_that_is_pinned_the_oldest_is_left_out(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("one", "two", "three"):
        harness.answered(conversation, cast.olive, Text(text))
    shown = harness.database.messages(conversation)
    pin(harness, cast, *(each.id for each in shown if each.role == "assistant"))
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 1)
    monkeypatch.setattr(context, "PINNED_CHARACTERS", 8)
    reply = harness.ask(conversation, cast.olive, "4?")
    assert turns_for(harness, reply) == [("user", "two"), ("user", "three"), ("user", "4?")]


def test_what_is_pinned_in_another_version_is_not_sent(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(harness, cast, harness.answered(conversation, cast.olive, Text("1")).public_id)
    question = harness.database.messages(conversation)[0].id
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 1)
    edited = replies.edit(
        harness.key(conversation), question, harness.user(cast.olive), "Or?", None
    )
    assert turns_for(harness, edited["reply"]) == [("user", "Or?")]
