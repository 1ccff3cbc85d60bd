"""An edit replaces a question and what follows it in one transaction; other edits are refused."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from app.models import Status
from app.models.questions import EDITED_SINCE, NOT_SHOWN, NOT_YOUR_QUESTION
from app.providers import Text
from tests.models.conftest import Editor
from tests.support.cast import Cast
from tests.support.harness import Harness


def contents(harness: Harness, conversation: str) -> list[str]:
    return [message.content for message in harness.database.messages(conversation)]


def test_an_edit_replaces_the_question_and_its_answer(
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


def test_an_edit_stops_an_answer_that_streams(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    answer = harness.begin(conversation, cast.olive)
    answer.add(Text("Half of"))
    harness.flush()
    assert harness.database.entries(answer.public_id) == 1
    question = harness.database.messages(conversation)[0].id

    editor.edit(question, cast.olive, "Or?")
    answer.add(Text(" it."))
    harness.flush()

    assert contents(harness, conversation) == ["Or?", ""], "no text of the earlier answer"
    assert answer.finished.is_set(), "its task must end"
    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.note) == (
        "stopped",
        "Half of",
        "Stopped by Olive.",
    )


def test_an_edit_of_an_earlier_question_takes_what_followed_with_it(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    for text in ("First.", "Second.", "Third."):
        harness.answered(conversation, cast.olive, Text(text))
    second = harness.database.messages(conversation)[2].id

    editor.edit(second, cast.olive, "Or?")

    assert contents(harness, conversation) == ["And?", "First.", "Or?", ""]


def test_somebody_elses_answer_that_followed_goes_on(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    first = harness.database.messages(conversation)[0].id
    answer = harness.begin(conversation, cast.max)

    editor.edit(first, cast.olive, "Or?")
    answer.add(Text("It goes on."))
    answer.end(Status.COMPLETE)
    harness.flush()

    assert contents(harness, conversation) == ["Or?", ""]
    assert harness.database.message(answer.public_id).content == "It goes on."


def test_an_edited_waiting_question_keeps_its_turn(
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


def test_an_edit_keeps_answers_to_earlier_questions(
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


def test_an_edit_updates_a_title_taken_from_the_question(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    untitled = harness.database.conversation(cast.olive, title="New conversation")
    editor.conversation = untitled
    harness.ask(untitled, cast.olive, "Why is the sky\nblue?")
    assert editor.title == "Why is the sky blue?"

    editor.edit(harness.database.messages(untitled)[0].id, cast.olive, "Why is grass green?")

    assert editor.title == "Why is grass green?"


def test_an_edit_does_not_change_a_chosen_title(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.ask(conversation, cast.olive)

    editor.edit(harness.database.messages(conversation)[0].id, cast.olive, "Or?")

    assert editor.title == "Tests"


@pytest.mark.parametrize("which", [1, 2, 3])
def test_only_ones_own_questions_can_be_edited(
    harness: Harness, cast: Cast, conversation: str, editor: Editor, which: int
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    harness.answered(conversation, cast.max, Text("Second."))
    before = harness.database.messages(conversation)

    with pytest.raises(Conflict, match=NOT_YOUR_QUESTION):
        editor.edit(before[which].id, cast.olive, "Or?")

    assert harness.database.messages(conversation) == before


def test_a_version_that_is_not_shown_can_not_be_edited(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.ask(conversation, cast.olive)
    question = harness.database.messages(conversation)[0].id
    editor.edit(question, cast.olive, "Or?")
    before = harness.database.messages(conversation)

    with pytest.raises(Conflict, match=NOT_SHOWN):
        editor.edit(question, cast.olive, "Or else?")

    assert harness.database.messages(conversation) == before


def test_resending_a_question_that_was_edited_since_is_a_conflict(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    reader = harness.reader(cast.olive)
    payload = {"conversation": conversation, "content": "And?", "key": "k"}
    question = reader.ask("send", payload)["id"]
    second = editor.edit(question, cast.olive, "Or?", "k2")
    editor.edit(second, cast.olive, "Or else?", "k3")
    after = harness.database.messages(conversation)

    for key in ("k", "k2"):
        ack = reader.ask("send", {**payload, "key": key})
        assert (ack["ok"], ack["error"], ack["message"]) == (False, "conflict", EDITED_SINCE)
    assert harness.database.messages(conversation) == after
    assert reader.ask("send", {**payload, "key": "k4"})["ok"]
