"""Commits whose acknowledgement was lost: each entry and each end is stored and sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from app.database import write_directly
from app.models import Status
from app.providers import Text, Thinking
from app.replies import commit_failures, generation, group_commit
from app.replies.in_flight import Answer
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def answer(harness: Harness, cast: Cast, conversation: str) -> Answer:
    """An answer that this process writes."""
    return harness.begin(conversation, cast.olive)


@pytest.fixture
def other(harness: Harness, cast: Cast) -> Answer:
    """A second answer, which must not be affected."""
    return harness.begin(harness.database.conversation(cast.olive), cast.olive)


def unacknowledged(work: Callable[[Connection], Any], **_options: Any) -> Any:
    """Replace `write_directly`: commit, then lose the connection before the acknowledgement."""
    write_directly(work)
    raise OperationalError("COMMIT", {}, Exception("the connection was closed"))


@pytest.fixture
def flush_unacknowledged(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that runs one group commit whose acknowledgement is lost."""

    def flush() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(group_commit, "write_directly", unacknowledged)
            patch.setattr(commit_failures, "COMMIT_RETRY_SECONDS", 0)
            harness.flush()

    return flush


def test_a_commit_without_acknowledgement_is_sent_once_and_continued(
    harness: Harness,
    cast: Cast,
    conversation: str,
    answer: Answer,
    other: Answer,
    flush_unacknowledged: Callable[[], None],
) -> None:
    max = harness.reader(cast.max, conversation)
    for piece in (Thinking("Hm."), Text("mi")):
        generation.add_event(answer, piece)
    flush_unacknowledged()
    assert harness.database.entries(answer.public_id) == 1, "it must have been committed"
    assert max.received() == []
    thought_ms = harness.thought_ms(answer)

    generation.add_event(answer, Text("ne"))
    generation.add_event(other, Text("theirs"))
    answer.end(Status.COMPLETE)
    for _ in range(2):
        harness.flush()

    (_, chunk), (name, end) = max.received()
    assert (chunk["since"], chunk["seq"], chunk["content"]) == (0, 1, "mi")
    assert (chunk["thinking"], chunk["stats"]) == ("Hm.", {"thought_ms": thought_ms})
    assert (name, end["since"], end["seq"], end["content"]) == ("streaming_end", 1, 2, "ne")
    assert end["stats"]["thought_ms"] == thought_ms
    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.thinking) == ("complete", "mine", "Hm.")
    assert harness.database.message(other.public_id).content == "theirs"


def test_an_end_committed_without_acknowledgement_is_not_stored_again(
    harness: Harness, answer: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    generation.add_event(answer, Text("mine"))
    answer.end(Status.COMPLETE)
    flush_unacknowledged()

    harness.flush()

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.seq) == ("complete", "mine", 1)
    assert answer.finished.is_set(), "the task must continue after the end"


def test_thinking_continues_after_a_commit_without_acknowledgement(
    harness: Harness, answer: Answer, flush_unacknowledged: Callable[[], None]
) -> None:
    generation.add_event(answer, Thinking("Hm."))
    flush_unacknowledged()
    harness.flush()
    assert (answer.seq, answer.pieces, harness.thought_ms(answer)) == (1, [], None)
    generation.add_event(answer, Text("Well."))
    harness.flush()
    assert harness.database.message(answer.public_id).content == "Well."
    assert harness.thought_ms(answer) is not None
