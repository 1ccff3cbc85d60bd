"""Received text stays in order until it is committed; the first call of `end` wins."""

from __future__ import annotations

import pytest

from app.models import Status
from app.providers import Piece, Text, Thinking, Usage
from app.replies import in_flight as limits
from app.replies.in_flight import Answer


@pytest.fixture
def answer() -> Answer:
    return Answer(1, "answer", "conversation")


def test_pending_text_stays_until_it_is_committed(answer: Answer) -> None:
    answer.add(Text("a"))
    first, again = answer.pending(), answer.pending()
    assert first.delta == again.delta and first.delta.content == "a"

    answer.add(Text("b"))
    answer.mark_committed(first)

    assert (answer.seq, answer.pending().delta.content) == (1, "b")


def test_an_entry_continues_the_committed_sequence_number(answer: Answer) -> None:
    answer.add(Text("a"))
    answer.add(Thinking("hm"))
    assert answer.pending().delta == (0, 1, "a", "hm")
    answer.mark_committed(answer.pending())
    assert answer.pending().delta == (1, 2, "", "")


def test_has_pending_is_true_while_something_is_uncommitted(answer: Answer) -> None:
    assert not answer.has_pending
    answer.add(Text(""))
    assert not answer.has_pending
    answer.add(Text("a"))
    assert answer.has_pending
    answer.mark_committed(answer.pending())
    assert not answer.has_pending
    answer.end(Status.COMPLETE)
    assert answer.has_pending


def test_the_first_call_of_end_wins(answer: Answer) -> None:
    answer.end(Status.FAILED, "It broke.")
    answer.end(Status.COMPLETE)
    assert answer.ending is not None
    assert (answer.ending.status, answer.ending.error) == (Status.FAILED, "It broke.")


def test_the_ending_has_the_token_usage(answer: Answer) -> None:
    answer.usage = Usage(3, 5)
    answer.end(Status.COMPLETE)
    assert answer.ending is not None
    assert (answer.ending.input_tokens, answer.ending.output_tokens) == (3, 5)


def test_fail_drops_the_unstored_text(answer: Answer) -> None:
    cancelled: list[bool] = []
    answer.close_stream = lambda: cancelled.append(True)
    answer.add(Text("never stored"))
    answer.end(Status.COMPLETE)

    answer.fail("It could not be stored.")

    pending = answer.pending()
    assert (pending.delta.content, cancelled) == ("", [True])
    assert pending.ending is not None and pending.ending.status == Status.FAILED


@pytest.mark.parametrize(
    ("piece", "kept", "whole"),
    [
        (Text("abc"), "abc", True),
        (Text("abcd"), "abc", False),
        (Thinking("abcd"), "", False),
    ],
)
def test_text_beyond_the_limit_is_cut(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, piece: Piece, kept: str, whole: bool
) -> None:
    monkeypatch.setattr(limits, "ANSWER_LENGTH", 5)
    assert answer.add(Thinking("hm"))
    assert answer.add(piece) is whole
    assert answer.pending().delta.content == kept
    assert len(answer.pending().delta.content + answer.pending().delta.thinking) <= 5


def test_no_text_is_added_after_the_end(answer: Answer) -> None:
    answer.add(Text("a"))
    answer.end(Status.COMPLETE)
    assert not answer.add(Text("b"))
    assert answer.pending().delta.content == "a"


def test_text_added_during_a_failure_is_dropped(answer: Answer) -> None:
    answer.add(Text("could not be stored"))
    answer.fail("It could not be stored.")
    answer.pieces.append(Text("from a thread that was adding just then"))
    pending = answer.pending()
    assert (pending.delta.content, pending.ending and pending.ending.status) == ("", Status.FAILED)


def test_an_answer_is_over_before_its_task_is_cancelled(answer: Answer) -> None:
    found: list[bool] = []
    answer.close_stream = lambda: found.append(answer.is_over)
    answer.finish()
    assert found == [True]
