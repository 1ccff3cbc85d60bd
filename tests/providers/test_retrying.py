"""Transient errors before the first text are retried at most twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from app.providers import Event, Note, Text, Turn
from app.providers.base import Cancelled, ConversationTooLongError, PermanentError, TransientError
from app.providers.call import Call
from app.providers.retrying import SHORTENED, RetryingStream
from tests.providers.conftest import LIMITS, Ask
from tests.providers.reading import content_of, read, recording, until
from tests.support.fake_model import FakeModel

BUSY_SECONDS = 30.0  # generous for a busy machine; a delay that is not ended takes a minute
TEXT = content_of(recording("openai-text"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("failures", [["429"], ["500", "503"], ["page", "529"]])
def test_a_transient_error_is_retried(failures: list[str], ask: Ask, fake: FakeModel) -> None:
    got = read(ask("openai:" + ",".join([*failures, "openai-text"])))
    assert (got.content, got.error) == (TEXT, None)
    assert len(fake.requests) == len(failures) + 1


@pytest.mark.usefixtures("quick")
def test_there_are_at_most_three_attempts(ask: Ask, fake: FakeModel) -> None:
    got = read(ask("anthropic:503,503,503,anthropic-text"))
    assert isinstance(got.error, TransientError)
    assert len(fake.requests) == 3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", ["400", "401"])
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_a_permanent_error_is_not_retried(api: str, status: str, ask: Ask, fake: FakeModel) -> None:
    got = read(ask(f"{api}:{status},{api}-text"))
    assert isinstance(got.error, PermanentError)
    assert len(fake.requests) == 1


@pytest.mark.usefixtures("quick")
def test_nothing_is_retried_after_the_first_text(ask: Ask, fake: FakeModel) -> None:
    got = read(ask("openai:cut:deepseek-reasoning,deepseek-reasoning"))
    assert isinstance(got.error, TransientError)
    assert got.thinking and not got.text, "the cut must fall into the thinking"
    assert len(fake.requests) == 1


def test_there_is_a_delay_between_attempts(ask: Ask) -> None:
    started = time.monotonic()
    read(ask("openai:503"))
    assert 0.6 < time.monotonic() - started < BUSY_SECONDS


def test_closing_ends_the_delay_between_attempts(
    ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", (60.0, 60.0))
    stream = ask("openai:503")
    got = []
    reader = threading.Thread(target=lambda: got.append(read(stream)))
    reader.start()
    until(lambda: fake.requests and fake.requests[0].answered.is_set())
    stream.close()
    reader.join(BUSY_SECONDS)
    assert isinstance(got[0].error, Cancelled)
    assert len(fake.requests) == 1


def test_a_closed_stream_makes_no_request(ask: Ask, fake: FakeModel) -> None:
    for name in ("openai:openai-text", "anthropic:anthropic-text"):
        stream = ask(name)
        stream.close()
        stream.close()
        got = read(stream)
        assert isinstance(got.error, Cancelled)
        assert got.events == []
    assert fake.requests == []


def test_no_event_follows_closing_even_if_received(ask: Ask) -> None:
    stream = ask("openai:openai-text")
    events = iter(stream)
    next(events)
    stream.close()
    with pytest.raises(Cancelled):
        next(events)


class CancelsItself:
    """A provider whose answer is cancelled while it yields an event."""

    def __init__(self) -> None:
        self.stream = RetryingStream(self, [Turn("user", "Why?")], LIMITS)
        self.is_over = False

    def answer(self, turns: Sequence[Turn], call: Call) -> Iterator[Event]:
        try:
            self.stream.close()
            yield Text("a")
        finally:
            self.is_over = True

    def close(self) -> None:
        """There is nothing to stop."""


def test_cancelling_closes_the_providers_generator() -> None:
    """The generator is closed even while the error is still referenced."""
    provider = CancelsItself()
    with pytest.raises(Cancelled):
        next(iter(provider.stream))
    assert provider.is_over


class RefusesTurns:
    """A provider that refuses conversations with one of these turns as too long."""

    def __init__(self, *refused: str) -> None:
        self._refused = refused

    def answer(self, turns: Sequence[Turn], call: Call) -> Iterator[Event]:
        if any(turn.content in self._refused for turn in turns):
            raise ConversationTooLongError("Too long.", 0.5)
        yield Text(turns[0].content)
        yield Note("Cut.")

    def close(self) -> None:
        """There is nothing to stop."""


@pytest.mark.parametrize(
    ("refused", "text", "note", "error"),
    [
        ("", "aaa", "Cut.", None),
        ("aaa", "ccc", f"{SHORTENED} Cut.", None),
        ("ccc", "", None, "Too long."),
    ],
)
def test_a_conversation_that_is_too_long_is_retried_without_its_older_turns(
    refused: str, text: str, note: str | None, error: str | None
) -> None:
    turns = [Turn("user", "aaa"), Turn("assistant", "bbb"), Turn("user", "ccc")]
    got = read(RetryingStream(RefusesTurns(refused), turns, LIMITS))
    assert (got.text, got.note, got.error and got.error.sentence) == (text, note, error)


def test_a_question_that_is_too_long_by_itself_is_not_retried(ask: Ask, fake: FakeModel) -> None:
    assert isinstance(read(ask("openai:413")).error, ConversationTooLongError)
    assert len(fake.requests) == 1
