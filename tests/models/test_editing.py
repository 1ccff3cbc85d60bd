"""An edit replaces the last question, and what came of it, in one transaction."""

from __future__ import annotations

from app.models import Status
from app.providers import Text
from app.replies.answer import Fragment
from tests.models.conftest import Editor
from tests.support.cast import Cast
from tests.support.stage import Stage


def contents(stage: Stage, conversation: str) -> list[str]:
    return [message.content for message in stage.records.messages(conversation)]


def test_the_question_and_its_answer_go_and_another_begins(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    stage.answered(conversation, cast.olive, Text("First."))
    stage.answered(conversation, cast.olive, Text("Second."))
    first, answer, question, _ = stage.records.messages(conversation)

    new = editor.edit(question.id, cast.olive, "Or?")

    kept = stage.records.messages(conversation)
    assert [message.id for message in kept[:3]] == [first.id, answer.id, new]
    assert [message.content for message in kept] == ["And?", "First.", "Or?", ""]
    assert kept[3].status == "streaming"


def test_an_answer_that_is_being_written_goes_with_its_log(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    answer = stage.begin(conversation, cast.olive)
    answer.add(Fragment("Half of"))
    stage.flush()
    assert stage.records.entries(answer.public_id) == 1
    question = stage.records.messages(conversation)[0].id

    editor.edit(question, cast.olive, "Or?")
    answer.add(Fragment(" it."))
    stage.flush()

    assert contents(stage, conversation) == ["Or?", ""], "its entries are refused"
    assert answer.settled.is_set(), "and its task is told"


def test_a_question_that_waits_keeps_its_turn(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    stage.ask(conversation, cast.olive, "One?")
    waiting = stage.ask(conversation, cast.olive, "Two?")

    editor.edit(waiting, cast.olive, "Three?")

    messages = stage.records.messages(conversation)
    assert [(m.content, m.status) for m in messages] == [
        ("One?", "complete"),
        ("", "streaming"),
        ("Three?", "complete"),
    ]


def test_the_answer_to_an_earlier_question_stays_wherever_it_is(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    answer = stage.begin(conversation, cast.olive)
    stage.ask(conversation, cast.olive, "Two?")
    last = stage.ask(conversation, cast.olive, "Three?")
    answer.end(Status.COMPLETE)
    stage.flush()
    stage.run_later()

    editor.edit(last, cast.olive, "Four?")

    assert contents(stage, conversation) == ["And?", "", "Two?", "Four?"]


def test_a_title_from_the_question_follows_it(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    untitled = stage.records.conversation(cast.olive, title="New conversation")
    editor.conversation = untitled
    stage.ask(untitled, cast.olive, "Why is the sky\nblue?")
    assert editor.title == "Why is the sky blue?"

    editor.edit(stage.records.messages(untitled)[0].id, cast.olive, "Why is grass green?")

    assert editor.title == "Why is grass green?"


def test_a_title_that_somebody_chose_stays(
    stage: Stage, cast: Cast, conversation: str, editor: Editor
) -> None:
    stage.ask(conversation, cast.olive)

    editor.edit(stage.records.messages(conversation)[0].id, cast.olive, "Or?")

    assert editor.title == "Tests"
