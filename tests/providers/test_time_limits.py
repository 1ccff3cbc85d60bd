"""Answers have limits of inactivity and of total time, even if single bytes arrive."""

from __future__ import annotations

import time

import pytest

from app.providers.base import TimeLimitError
from app.providers.call import TimeLimits, in_whole_words, in_words
from tests.providers.conftest import Ask
from tests.providers.reading import Got, content_of, read, recording
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import DEFAULT_RECORDINGS

SHORT = TimeLimits(connect=5, read=0.3, total=60)
LONG = TimeLimits(connect=5, read=1.5, total=60)
LONGER = TimeLimits(connect=5, read=4, total=60)
SLACK_SECONDS = 30.0  # for a busy machine; without the limit these streams would take a minute
INACTIVE = ["stall", "hang", "drip", "drip-pieces", "drip-headers"]


def timed(ask: Ask, name: str, limits: TimeLimits) -> tuple[Got, float]:
    stream = ask(name, limits=limits)
    started = time.monotonic()
    got = read(stream)
    return got, time.monotonic() - started


@pytest.mark.parametrize("api", ["openai", "anthropic"])
@pytest.mark.parametrize("fault", INACTIVE)
def test_a_silent_model_times_out(fault: str, api: str, ask: Ask, fake: FakeModel) -> None:
    got, seconds = timed(ask, f"{api}:{fault}", SHORT)
    assert isinstance(got.error, TimeLimitError)
    assert got.error.sentence == "The model sent nothing for 0.3 seconds."
    assert SHORT.read <= seconds < SHORT.read + SLACK_SECONDS
    assert len(fake.requests) == 1, "a timeout must not be retried"
    assert fake.requests[0].disconnected.wait(5)


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_inactivity_after_the_finish_reason_keeps_the_answer(api: str, ask: Ask) -> None:
    got, _ = timed(ask, f"{api}:late-stall", SHORT)
    assert (got.content, got.error) == (content_of(recording(DEFAULT_RECORDINGS[api])), None)


def test_an_answer_that_takes_too_long_is_ended(ask: Ask, fake: FakeModel) -> None:
    limits = TimeLimits(connect=10, read=60, total=3)
    got, seconds = timed(ask, "openai:groq-reasoning@20", limits)
    assert isinstance(got.error, TimeLimitError)
    assert got.error.sentence == "The answer took longer than 3 seconds."
    assert got.thinking
    assert limits.total <= seconds < limits.total + SLACK_SECONDS
    assert fake.requests[0].disconnected.wait(5)


def test_the_demo_has_time_limits(ask: Ask) -> None:
    started = time.monotonic()
    stream = ask("demo", "/tokens 9 /rate 0 /hang after 3", SHORT)
    assert isinstance(read(stream).error, TimeLimitError)
    assert time.monotonic() - started < SLACK_SECONDS


def test_a_slow_model_does_not_time_out(ask: Ask) -> None:
    got, seconds = timed(ask, "openai:deepseek-reasoning@45", LONGER)
    assert seconds > LONGER.read
    assert got.error is None


def test_a_slow_reader_does_not_time_out_the_model(ask: Ask) -> None:
    delays = []
    for _ in ask("openai:mistral-reasoning", limits=LONG):
        delays.append(time.sleep(LONG.read * 1.2))
    assert len(delays) > 1


def test_limits_are_written_in_words() -> None:
    words = [in_words(seconds) for seconds in (1, 60, 90, 120, 900, 9000)]
    assert words == [
        *("1 second", "60 seconds", "90 seconds", "2 minutes", "15 minutes", "2.5 hours"),
    ]


def test_times_are_rounded_up_to_whole_units() -> None:
    words = [in_whole_words(seconds) for seconds in (0.2, 30.1, 119.5, 301, 7_000.5, 604_800)]
    assert words == [
        *("1 second", "31 seconds", "2 minutes", "6 minutes", "117 minutes", "168 hours"),
    ]
