"""Commits whose acknowledgement was lost: each entry and each end is stored and sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError

from app.database import write
from app.models import Status
from app.models.log import Delta, append
from app.providers import Text, Thinking
from app.replies import commit_failures, generation, group_commit
from app.replies.commit_failures import NOT_STORED
from app.replies.in_flight import Answer, Pending
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def ours(harness: Harness, cast: Cast, conversation: str) -> Answer:
    """An answer that this process writes."""
    return harness.begin(conversation, cast.olive)


@pytest.fixture
def other(harness: Harness, cast: Cast) -> Answer:
    """A second answer, which must not be affected."""
    return harness.begin(harness.database.conversation(cast.olive), cast.olive)


def unacknowledged(work: Callable[[], Any]) -> Any:
    """Replace app.database.write: commit, then lose the connection before the acknowledgement."""
    write(work)
    raise OperationalError("COMMIT", {}, Exception("the connection was closed"))


@pytest.fixture
def flush_unacknowledged(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that runs one group commit whose acknowledgement is lost."""

    def flush() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(group_commit, "write", unacknowledged)
            patch.setattr(commit_failures, "RETRY_SECONDS", 0)
            harness.flush()

    return flush


def test_a_second_writers_text_is_not_ended_by_ours(
    harness: Harness, ours: Answer, other: Answer
) -> None:
    theirs = Delta(0, 1, "theirs", "")
    harness.database.write(lambda: append({ours.message_id: theirs}))
    for answer in (ours, other):
        generation.receive(answer, Text("mine"))
        answer.end(Status.COMPLETE)

    harness.flush()

    stored = harness.database.message(ours.public_id)
    assert (stored.status, stored.content) == ("streaming", "theirs")
    assert ours.finished.is_set()
    assert harness.database.message(other.public_id).status == "complete"


def test_a_commit_without_acknowledgement_is_sent_once_and_continued(
    harness: Harness,
    cast: Cast,
    conversation: str,
    ours: Answer,
    other: Answer,
    flush_unacknowledged: Callable[[], None],
) -> None:
    max = harness.reader(cast.max, conversation)
    for said in (Thinking("Hm."), Text("mi")):
        generation.receive(ours, said)
    flush_unacknowledged()
    assert harness.database.entries(ours.public_id) == 1, "it must have been committed"
    assert max.received() == []
    thought_ms = harness.thought_ms(ours)

    generation.receive(ours, Text("ne"))
    generation.receive(other, Text("theirs"))
    ours.end(Status.COMPLETE)
    for _ in range(2):
        harness.flush()

    (_, chunk), (name, end) = max.received()
    assert (chunk["since"], chunk["seq"], chunk["content"]) == (0, 1, "mi")
    assert (chunk["thinking"], chunk["stats"]) == ("Hm.", {"thought_ms": thought_ms})
    assert (name, end["since"], end["seq"], end["content"]) == ("streaming_end", 1, 2, "ne")
    assert end["stats"]["thought_ms"] == thought_ms
    stored = harness.database.message(ours.public_id)
    assert (stored.status, stored.content, stored.thinking) == ("complete", "mine", "Hm.")
    assert harness.database.message(other.public_id).content == "theirs"


def test_an_end_committed_without_acknowledgement_is_not_stored_again(
    harness: Harness, ours: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    generation.receive(ours, Text("mine"))
    ours.end(Status.COMPLETE)
    flush_unacknowledged()

    harness.flush()

    stored = harness.database.message(ours.public_id)
    assert (stored.status, stored.content, stored.seq) == ("complete", "mine", 1)
    assert ours.finished.is_set(), "the task must continue after the end"


def test_what_the_database_can_not_hold_ends_its_own_answer_alone(
    harness: Harness, ours: Answer, other: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = group_commit.store

    def refuse(batch: list[Pending]) -> Any:
        if any("unfit" in pending.delta.content for pending in batch):
            raise DataError("INSERT", {}, Exception("string too long"))
        return store(batch)

    monkeypatch.setattr(group_commit, "store", refuse)
    generation.receive(ours, Text("unfit"))
    generation.receive(other, Text("fit"))
    for _ in range(2):
        harness.flush()

    stored = harness.database.message(ours.public_id)
    assert (stored.status, stored.content, stored.error) == ("failed", "", NOT_STORED)
    stored = harness.database.message(other.public_id)
    assert (stored.status, stored.content) == ("streaming", "fit")


def test_thinking_continues_after_a_commit_without_acknowledgement(
    harness: Harness, ours: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    generation.receive(ours, Thinking("Hm."))
    flush_unacknowledged()
    harness.flush()
    assert (ours.seq, ours.pieces, harness.thought_ms(ours)) == (1, [], None)
    generation.receive(ours, Text("Well."))
    harness.flush()
    assert harness.database.message(ours.public_id).content == "Well."
    assert harness.thought_ms(ours) is not None
