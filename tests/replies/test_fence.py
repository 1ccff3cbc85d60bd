"""A writer goes on from its own last entry and from nothing else, to the end included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError

from app.database import write
from app.models import Status
from app.models.entry import Addition, insert_entries
from app.providers import Text, Thinking
from app.replies import answering, beat
from app.replies.answer import Answer, Taken
from app.replies.beat import NOT_STORED
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.fixture
def ours(stage: Stage, cast: Cast, conversation: str) -> Answer:
    """An answer that this process writes."""
    return stage.begin(conversation, cast.olive)


@pytest.fixture
def other(stage: Stage, cast: Cast) -> Answer:
    """Another one, which must not suffer."""
    return stage.begin(stage.records.conversation(cast.olive), cast.olive)


def unacknowledged(work: Callable[[], Any]) -> Any:
    """Stand for app.database.write: commit, and lose the connection before that is told."""
    write(work)
    raise OperationalError("COMMIT", {}, Exception("the connection was closed"))


@pytest.fixture
def flush_unacknowledged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Beat once, so."""

    def flush() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(beat, "write", unacknowledged)
            patch.setattr(beat, "PAUSE_SECONDS", 0)
            stage.flush()

    return flush


def test_a_second_writers_text_is_not_ended_by_ours(
    stage: Stage, ours: Answer, other: Answer
) -> None:
    theirs = Addition(ours.message_id, 1, "theirs", "")
    stage.records.write(lambda: insert_entries([theirs]))
    for answer in (ours, other):
        answering.take(answer, Text("mine"))
        answer.end(Status.COMPLETE)

    stage.flush()

    stored = stage.records.message(ours.public_id)
    assert (stored.status, stored.content) == ("streaming", "theirs")
    assert ours.settled.is_set()
    assert stage.records.message(other.public_id).status == "complete"


def test_what_was_stored_unacknowledged_is_sent_once_and_gone_on_from(
    stage: Stage,
    cast: Cast,
    conversation: str,
    ours: Answer,
    other: Answer,
    flush_unacknowledged: Callable[[], None],
) -> None:
    max = stage.reader(cast.max, conversation)
    for said in (Thinking("Hm."), Text("mi")):
        answering.take(ours, said)
    flush_unacknowledged()
    assert stage.records.entries(ours.public_id) == 1, "it must have been committed"
    assert max.received() == []
    thought_ms = stage.thought_ms(ours)

    answering.take(ours, Text("ne"))
    answering.take(other, Text("theirs"))
    ours.end(Status.COMPLETE)
    for _ in range(2):
        stage.flush()

    (_, chunk), (name, end) = max.received()
    assert (chunk["since"], chunk["seq"], chunk["content"]) == (0, 1, "mi")
    assert (chunk["thinking"], chunk["stats"]) == ("Hm.", {"thought_ms": thought_ms})
    assert (name, end["since"], end["seq"], end["content"]) == ("streaming_end", 1, 2, "ne")
    assert end["stats"]["thought_ms"] == thought_ms
    stored = stage.records.message(ours.public_id)
    assert (stored.status, stored.content, stored.thinking) == ("complete", "mine", "Hm.")
    assert stage.records.message(other.public_id).content == "theirs"


def test_an_end_that_was_stored_unacknowledged_is_not_stored_again(
    stage: Stage, ours: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    answering.take(ours, Text("mine"))
    ours.end(Status.COMPLETE)
    flush_unacknowledged()

    stage.flush()

    stored = stage.records.message(ours.public_id)
    assert (stored.status, stored.content, stored.seq) == ("complete", "mine", 1)
    assert ours.settled.is_set(), "what comes after an end must come"


def test_what_the_database_can_not_hold_ends_its_own_answer_alone(
    stage: Stage, ours: Answer, other: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = beat.store

    def refuse(takings: list[Taken]) -> Any:
        if any("unfit" in taken.content for taken in takings):
            raise DataError("INSERT", {}, Exception("string too long"))
        return store(takings)

    monkeypatch.setattr(beat, "store", refuse)
    answering.take(ours, Text("unfit"))
    answering.take(other, Text("fit"))
    for _ in range(2):
        stage.flush()

    stored = stage.records.message(ours.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "", NOT_STORED)
    stored = stage.records.message(other.public_id)
    assert (stored.status, stored.content) == ("streaming", "fit")


def test_thinking_that_was_stored_unacknowledged_does_not_end_the_thinking(
    stage: Stage, ours: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    answering.take(ours, Thinking("Hm."))
    flush_unacknowledged()
    stage.flush()
    assert (ours.seq, ours.fragments, stage.thought_ms(ours)) == (1, [], None)
    answering.take(ours, Text("Well."))
    stage.flush()
    assert stage.records.message(ours.public_id).content == "Well."
    assert stage.thought_ms(ours) is not None
