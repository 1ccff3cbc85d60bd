"""What is over receives nothing more, however close the end came to the beginning."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.models import Status
from app.models.ending import Ending
from app.providers import Text, Turn
from app.replies import generation
from app.replies.generation import Generation
from app.replies.in_flight import Answer
from app.replies.requests import end_now
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedStream


@pytest.fixture
def lone() -> Answer:
    """An answer apart from any app."""
    return Answer(1, "answer", "conversation")


@pytest.mark.parametrize("by", ["a stop", "the closing process"])
def test_an_answer_that_ended_before_its_stream_opened_reads_nothing(
    harness: Harness, cast: Cast, conversation: str, by: str
) -> None:
    script = harness.script(Text("never heard"))
    begun = harness.begin(conversation, cast.olive)
    open_stream = script.stream

    def end_first(name: str, turns: Sequence[Turn]) -> ScriptedStream:
        if by == "a stop":
            assert end_now(Ending(begun.message_id, Status.STOPPED))
        else:
            begun.end(Status.INTERRUPTED)
            begun.cancel()
        return open_stream(name, turns)

    script.stream = end_first  # type: ignore[method-assign]
    generation._receive(Generation(begun, "demo", []))

    assert script.streams[0].left == [Text("never heard")]
    assert script.streams[0].closed


def test_no_text_is_added_after_the_end(lone: Answer) -> None:
    lone.add(Text("a"))
    lone.end(Status.COMPLETE)
    assert not lone.add(Text("b"))
    assert lone.pending().delta.content == "a"


def test_text_added_during_a_failure_is_dropped(lone: Answer) -> None:
    lone.add(Text("could not be stored"))
    lone.fail("It could not be stored.")
    lone.pieces.append(Text("from a thread that was adding just then"))
    pending = lone.pending()
    assert (pending.delta.content, pending.ending and pending.ending.status) == ("", Status.FAILED)


def test_an_answer_is_over_before_its_task_is_cancelled(lone: Answer) -> None:
    found: list[bool] = []
    lone.cancel = lambda: found.append(lone.is_over)
    lone.finish()
    assert found == [True]
