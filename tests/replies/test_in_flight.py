"""What was received waits, in order, until it is committed; the first word on the end counts."""

from __future__ import annotations

import pytest

from app.models import Status
from app.replies import in_flight as limits
from app.replies.in_flight import Answer, Fragment


@pytest.fixture
def answer() -> Answer:
    return Answer(1, "answer", "conversation")


def test_what_is_taken_stays_until_it_is_committed(answer: Answer) -> None:
    answer.add(Fragment("a"))
    first, again = answer.take(), answer.take()
    assert first.fragments == again.fragments == [Fragment("a")]

    answer.add(Fragment("b"))
    answer.committed(first)

    assert (answer.seq, answer.take().content) == (1, "b")


def test_an_entry_counts_from_what_is_committed(answer: Answer) -> None:
    answer.add(Fragment("a", ""))
    answer.add(Fragment("", "hm"))
    assert answer.take().addition == (1, 1, "a", "hm")
    answer.committed(answer.take())
    assert answer.take().addition == (1, 2, "", "")


def test_it_has_news_while_there_is_anything_to_commit(answer: Answer) -> None:
    assert not answer.has_news
    answer.add(Fragment())
    assert not answer.has_news
    answer.add(Fragment("a"))
    assert answer.has_news
    answer.committed(answer.take())
    assert not answer.has_news
    answer.end(Status.COMPLETE)
    assert answer.has_news


def test_the_first_word_on_the_end_counts(answer: Answer) -> None:
    answer.end(Status.FAILED, "It broke.")
    answer.end(Status.COMPLETE)
    assert answer.ending is not None
    assert (answer.ending.status, answer.ending.error) == (Status.FAILED, "It broke.")


def test_the_end_tells_what_was_used(answer: Answer) -> None:
    answer.usage = (3, 5)
    answer.end(Status.COMPLETE)
    assert answer.ending is not None
    assert (answer.ending.input_tokens, answer.ending.output_tokens) == (3, 5)


def test_giving_up_lets_go_of_what_could_not_be_stored(answer: Answer) -> None:
    hung_up: list[bool] = []
    answer.hang_up = lambda: hung_up.append(True)
    answer.add(Fragment("never stored"))
    answer.end(Status.COMPLETE)

    answer.fail("It could not be stored.")

    taken = answer.take()
    assert (taken.content, hung_up) == ("", [True])
    assert taken.ending is not None and taken.ending.status == Status.FAILED


@pytest.mark.parametrize(
    ("fragment", "kept", "whole"),
    [
        (Fragment("abc"), "abc", True),
        (Fragment("abcd"), "abc", False),
        (Fragment("", "abcd"), "", False),
    ],
)
def test_text_beyond_the_limit_is_cut(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, fragment: Fragment, kept: str, whole: bool
) -> None:
    monkeypatch.setattr(limits, "ANSWER_LENGTH", 5)
    assert answer.add(Fragment("", "hm"))
    assert answer.add(fragment) is whole
    assert answer.take().content == kept
    assert len(answer.take().content + answer.take().thinking) <= 5
