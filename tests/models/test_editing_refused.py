"""What can't be edited, and what was edited already, stays as it is."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from app.models.questions import EDITED_SINCE, NOT_THE_LAST_QUESTION
from app.providers import Text
from tests.models.conftest import Editor
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.mark.parametrize("which", [0, 1, 3])
def test_only_the_last_question_can_be_edited(
    harness: Harness, cast: Cast, conversation: str, editor: Editor, which: int
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    harness.answered(conversation, cast.olive, Text("Second."))
    before = harness.database.messages(conversation)

    with pytest.raises(Conflict, match=NOT_THE_LAST_QUESTION):
        editor.edit(before[which].id, cast.olive, "Or?")

    assert harness.database.messages(conversation) == before


def test_only_the_author_can_edit_a_question(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    before = harness.database.messages(conversation)

    with pytest.raises(Conflict, match=NOT_THE_LAST_QUESTION):
        editor.edit(before[0].id, cast.max, "Or?")

    assert harness.database.messages(conversation) == before


def test_an_edit_with_the_same_key_is_done_once(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    question = harness.database.messages(conversation)[0].id
    new = editor.edit(question, cast.olive, "Or?", "k")
    after = harness.database.messages(conversation)

    assert editor.edit(question, cast.olive, "Or?", "k") == new
    assert harness.database.messages(conversation) == after


def test_resending_a_question_that_was_edited_since_is_a_conflict(
    harness: Harness, cast: Cast, conversation: str, editor: Editor
) -> None:
    reader = harness.reader(cast.olive)
    wish = {"conversation": conversation, "content": "And?", "key": "k"}
    question = reader.ask("send", wish)["id"]
    second = editor.edit(question, cast.olive, "Or?", "k2")
    editor.edit(second, cast.olive, "Or else?", "k3")
    after = harness.database.messages(conversation)

    for key in ("k", "k2"):
        ack = reader.ask("send", {**wish, "key": key})
        assert (ack["ok"], ack["error"], ack["message"]) == (False, "conflict", EDITED_SINCE)
    assert harness.database.messages(conversation) == after
    assert reader.ask("send", {**wish, "key": "k4"})["ok"]
