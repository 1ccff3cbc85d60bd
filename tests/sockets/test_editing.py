"""An edit replaces a question for every reader."""

from __future__ import annotations

import pytest

from app.models.questions import NOT_YOUR_QUESTION
from app.providers import Text
from app.replies import generation
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


def question_of(harness: Harness, conversation: str) -> str:
    return [m.id for m in harness.database.messages(conversation) if m.role == "user"][-1]


@pytest.fixture
def olive(harness: Harness, cast: Cast, conversation: str) -> Socket:
    return harness.reader(cast.olive, conversation)


def test_every_reader_receives_the_removed_and_the_new_messages(
    harness: Harness, cast: Cast, conversation: str, olive: Socket, max: Socket
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    question = question_of(harness, conversation)
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


def test_an_answer_that_is_not_shown_sends_nothing_more(
    harness: Harness, cast: Cast, conversation: str, olive: Socket, max: Socket
) -> None:
    answer = harness.begin(conversation, cast.olive)
    generation.add_event(answer, Text("Half of"))
    harness.flush()
    max.received()
    assert olive.ask("edit", {"id": question_of(harness, conversation), "content": "Or?"})["ok"]
    assert max.names() == ["removed", "message", "message"]

    assert answer.finished.is_set(), "its task must end at once"
    generation.add_event(answer, Text(" it."))
    harness.flush()

    assert max.received() == []


def test_an_edit_sends_the_new_title(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive, title="New conversation")
    harness.ask(where, cast.olive, "Why?")
    olive = harness.reader(cast.olive, where)

    olive.ask("edit", {"id": question_of(harness, where), "content": "Why not?"})

    assert ("conversation", "Why not?") in [(n, d.get("title")) for n, d in olive.received()]


def test_an_edit_sent_twice_with_the_same_key_is_done_once(
    harness: Harness, cast: Cast, conversation: str, olive: Socket
) -> None:
    harness.ask(conversation, cast.olive)
    payload = {"id": question_of(harness, conversation), "content": "Or?", "key": "k"}
    first = olive.ask("edit", payload)
    olive.received()
    stored = harness.database.messages(conversation)

    assert first["ok"] and olive.ask("edit", payload) == first
    assert olive.received() == []
    assert harness.database.messages(conversation) == stored


def test_only_the_author_can_edit(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.ask(conversation, cast.olive)
    payload = {"id": question_of(harness, conversation), "content": "Or?"}
    eve = harness.reader(cast.eve)
    before = harness.database.messages(conversation)

    ack = max.ask("edit", payload)
    assert (ack["error"], ack["message"]) == ("conflict", NOT_YOUR_QUESTION)
    assert eve.ask("edit", payload)["error"] == "not_found"
    assert eve.ask("edit", {**payload, "id": "0" * 32})["error"] == "not_found"
    assert harness.database.messages(conversation) == before


@pytest.mark.parametrize(
    ("content", "error"), [(" ", "invalid"), ("\0", "invalid"), ("x" * 32_001, "too_large")]
)
def test_an_invalid_edit_changes_nothing(
    harness: Harness, cast: Cast, conversation: str, olive: Socket, content: str, error: str
) -> None:
    harness.ask(conversation, cast.olive)
    before = harness.database.messages(conversation)

    ack = olive.ask("edit", {"id": question_of(harness, conversation), "content": content})

    assert ack["error"] == error
    assert harness.database.messages(conversation) == before
