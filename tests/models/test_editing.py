"""An edit replaces the last question, and what came of it, in one transaction."""

from __future__ import annotations

from app.models import Status
from app.providers import Text
from app.replies.in_flight import Fragment
from tests.models.conftest import Editor
from tests.support.cast import Cast
from tests.support.harness import Harness


def contents(harness: Harness, conversation: str) -> list[str]:
    return [message.content for message in harness.database.messages(conversation)]


def test_the_question_and_its_answer_go_and_another_begins(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    harness.answered(conversation, cast.olive, Text("Second."))
    first, answer, question, _ = harness.database.messages(conversation)

    new = editor.edit(question.id, cast.olive, "Or?")

    kept = harness.database.messages(conversation)
    assert [message.id for message in kept[:3]] == [first.id, answer.id, new]
    assert [message.content for message in kept] == ["And?", "First.", "Or?", ""]
    assert kept[3].status == "streaming"


def test_an_answer_that_is_being_written_goes_with_its_log(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    answer = harness.begin(conversation, cast.olive)
    answer.add(Fragment("Half of"))
    harness.flush()
    assert harness.database.entries(answer.public_id) == 1
    question = harness.database.messages(conversation)[0].id

    editor.edit(question, cast.olive, "Or?")
    answer.add(Fragment(" it."))
    harness.flush()

    assert contents(harness, conversation) == ["Or?", ""], "its entries are refused"
    assert answer.settled.is_set(), "and its task is told"


def test_a_question_that_waits_keeps_its_turn(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.ask(conversation, cast.olive, "One?")
    waiting = harness.ask(conversation, cast.olive, "Two?")

    editor.edit(waiting, cast.olive, "Three?")

    messages = harness.database.messages(conversation)
    assert [(m.content, m.status) for m in messages] == [
        ("One?", "complete"),
        ("", "streaming"),
        ("Three?", "complete"),
    ]


def test_the_answer_to_an_earlier_question_stays_wherever_it_is(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    answer = harness.begin(conversation, cast.olive)
    harness.ask(conversation, cast.olive, "Two?")
    last = harness.ask(conversation, cast.olive, "Three?")
    answer.end(Status.COMPLETE)
    harness.flush()
    harness.run_later()

    editor.edit(last, cast.olive, "Four?")

    assert contents(harness, conversation) == ["And?", "", "Two?", "Four?"]


def test_a_title_from_the_question_follows_it(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    untitled = harness.database.conversation(cast.olive, title="New conversation")
    editor.conversation = untitled
    harness.ask(untitled, cast.olive, "Why is the sky\nblue?")
    assert editor.title == "Why is the sky blue?"

    editor.edit(harness.database.messages(untitled)[0].id, cast.olive, "Why is grass green?")

    assert editor.title == "Why is grass green?"


def test_a_title_that_somebody_chose_stays(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.ask(conversation, cast.olive)

    editor.edit(harness.database.messages(conversation)[0].id, cast.olive, "Or?")

    assert editor.title == "Tests"
