"""An error about one answer: of whatever type, it is that answer's own. tests/proof has more."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, IntegrityError

from app import replies
from app.errors import attempt
from app.events import emit
from app.providers import Text
from app.replies import commit_failures, generation, group_commit
from app.replies.commit_failures import NOT_STORED
from app.replies.in_flight import Answer
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def other(harness: Harness, cast: Cast) -> Answer:
    """A second answer, which must go on."""
    return harness.begin(harness.database.conversation(cast.olive), cast.olive)


@pytest.fixture
def conflict(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let storing text of the first answer raise IntegrityError."""
    store = group_commit.store

    def raise_for_one(connection: Connection, batch: Any) -> Any:
        if any(pending.answer is answer and pending.pieces for pending in batch):
            raise IntegrityError("INSERT", {}, Exception("a constraint"))
        return store(connection, batch)

    monkeypatch.setattr(group_commit, "store", raise_for_one)


def fail(*_: object, **__: object) -> Any:
    raise CancelledError


def test_all_errors_are_returned_but_those_that_end_the_task() -> None:
    assert attempt(lambda: 1) == (1, None)
    assert isinstance(attempt(fail)[1], CancelledError)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted)


def test_readers_of_an_answer_whose_end_can_not_be_sent_join_again(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEventHandler()
    process.handle_new()
    max = harness.reader(cast.max, conversation)
    monkeypatch.setattr(emit, "streaming_end", fail)
    harness.answered(conversation, cast.olive, Text("Hi"))
    harness.run_later()
    process.handle_new()
    assert "rejoin" in max.names()
    max.join(conversation, after=0)
    [_question, (_, answer)] = max.received()
    assert (answer["status"], answer["content"]) == ("complete", "Hi")


def test_a_question_that_can_not_be_sent_is_answered_and_its_readers_join_again(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEventHandler()
    process.handle_new()
    max = harness.reader(cast.max, conversation)
    monkeypatch.setattr(emit, "message", fail)
    reply = replies.ask(harness.key(conversation), harness.user(cast.olive), "Hi", None)["reply"]
    monkeypatch.undo()
    harness.run_later()
    assert [each.public_id for each in harness.runtime.group_commit.answers.values()] == [reply]
    process.handle_new()
    assert "rejoin" in max.names()


def test_a_stop_whose_end_can_not_be_sent_has_stopped_the_answer(
    harness: Harness, cast: Cast, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emit, "streaming_end", fail)
    assert harness.reader(cast.max).ask("stop", {"id": answer.public_id})["ok"]
    assert answer.finished.is_set()
    assert harness.database.message(answer.public_id).status == "stopped"


def test_a_stream_that_can_not_be_closed_does_not_delay_the_others(
    harness: Harness, answer: Answer, other: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    answer.close_stream = fail
    answer.finish()
    assert answer.finished.is_set()
    assert "its stream was not closed" in caplog.text


def assert_only_one_fails(harness: Harness, answer: Answer, other: Answer) -> None:
    """Assert that two group commits end one answer, which keeps its text, and store the other."""
    for _ in range(2):
        harness.flush()
    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "so far", NOT_STORED)
    assert harness.database.message(other.public_id).content == "Hi"


def test_an_answer_whose_text_can_not_be_joined_ends_and_the_others_go_on(
    harness: Harness, answer: Answer, other: Answer
) -> None:
    answer.pieces.append(Text(5))  # type: ignore[arg-type]
    generation.add_event(other, Text("Hi"))
    assert_only_one_fails(harness, answer, other)


@pytest.mark.usefixtures("conflict")
def test_a_conflict_without_another_writer_ends_the_answer(
    harness: Harness, answer: Answer, other: Answer
) -> None:
    for each in (answer, other):
        generation.add_event(each, Text("Hi"))
    assert_only_one_fails(harness, answer, other)


@pytest.mark.usefixtures("conflict")
def test_a_conflict_that_can_not_be_resolved_now_is_tried_again(
    harness: Harness, answer: Answer, other: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_work: Callable[[], object]) -> None:
        raise DatabaseError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(commit_failures, "read", gone)
        patch.setattr(commit_failures, "COMMIT_RETRY_SECONDS", 0)
        for each in (answer, other):
            generation.add_event(each, Text("Hi"))
        harness.flush()
    assert answer.pieces and answer.failing_since is not None
    assert harness.database.message(other.public_id).content == "Hi"
    harness.flush()
    assert answer.has_failed
