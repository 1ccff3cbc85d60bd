"""Who edits the last question replaces it for every reader."""

from __future__ import annotations

import pytest

from app.providers import Text
from app.replies import answering
from tests.support.cast import Cast
from tests.support.socket import Socket
from tests.support.stage import Stage


def question_of(stage: Stage, conversation: str) -> str:
    return [m.id for m in stage.records.messages(conversation) if m.role == "user"][-1]


@pytest.fixture
def olive(stage: Stage, cast: Cast, conversation: str) -> Socket:
    return stage.reader(cast.olive, conversation)


@pytest.fixture
def max(stage: Stage, cast: Cast, conversation: str) -> Socket:
    return stage.reader(cast.max, conversation)


def test_every_reader_is_told_what_is_gone_and_what_is_new(
    stage: Stage, cast: Cast, conversation: str, olive: Socket, max: Socket
) -> None:
    answer = stage.answered(conversation, cast.olive, Text("First."))
    question = question_of(stage, conversation)
    for reader in (olive, max):
        reader.received()

    ack = olive.ask("edit", {"id": question, "content": "Or?"})

    assert ack["ok"]
    for reader in (olive, max):
        (_, removed), (_, asked), (_, begun) = reader.received()
        assert removed == {
            "conversation": conversation,
            "ids": [question, answer.public_id],
            "revision": 1,
        }
        assert (asked["id"], asked["content"], asked["revision"]) == (ack["id"], "Or?", 1)
        assert (begun["id"], begun["status"], begun["seq"]) == (ack["reply"], "streaming", 0)


def test_of_a_removed_answer_nobody_hears_again(
    stage: Stage, cast: Cast, conversation: str, olive: Socket, max: Socket
) -> None:
    answer = stage.begin(conversation, cast.olive)
    answering.take(answer, Text("Half of"))
    stage.flush()
    max.received()
    assert olive.ask("edit", {"id": question_of(stage, conversation), "content": "Or?"})["ok"]
    assert max.names() == ["removed", "message", "message"]

    assert answer.settled.is_set(), "its task is told at once"
    answering.take(answer, Text(" it."))
    stage.flush()

    assert max.received() == []


def test_a_new_title_is_told(stage: Stage, cast: Cast) -> None:
    where = stage.records.conversation(cast.olive, title="New conversation")
    stage.ask(where, cast.olive, "Why?")
    olive = stage.reader(cast.olive, where)

    olive.ask("edit", {"id": question_of(stage, where), "content": "Why not?"})

    assert ("conversation", "Why not?") in [(n, d.get("title")) for n, d in olive.received()]


def test_an_edit_that_is_sent_again_is_answered_as_the_first(
    stage: Stage, cast: Cast, conversation: str, olive: Socket
) -> None:
    stage.ask(conversation, cast.olive)
    wish = {"id": question_of(stage, conversation), "content": "Or?", "key": "k"}
    first = olive.ask("edit", wish)
    olive.received()

    assert first["ok"] and olive.ask("edit", wish) == first
    assert olive.received() == []


def test_nobody_else_may(stage: Stage, cast: Cast, conversation: str, max: Socket) -> None:
    stage.ask(conversation, cast.olive)
    wish = {"id": question_of(stage, conversation), "content": "Or?"}
    eve = stage.reader(cast.eve)

    assert max.ask("edit", wish)["error"] == "conflict"
    assert eve.ask("edit", wish)["error"] == "not_found"
    assert eve.ask("edit", {**wish, "id": "0" * 32})["error"] == "not_found"


@pytest.mark.parametrize(
    ("content", "error"), [(" ", "invalid"), ("\0", "invalid"), ("x" * 32_001, "too_large")]
)
def test_a_bad_question_changes_nothing(
    stage: Stage, cast: Cast, conversation: str, olive: Socket, content: str, error: str
) -> None:
    stage.ask(conversation, cast.olive)
    before = stage.records.messages(conversation)

    ack = olive.ask("edit", {"id": question_of(stage, conversation), "content": content})

    assert ack["error"] == error
    assert stage.records.messages(conversation) == before
