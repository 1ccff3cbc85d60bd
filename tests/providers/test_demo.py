from __future__ import annotations

import threading
import time

import pytest

from app.providers import Text, Turn, Usage
from app.providers.base import Cancelled, PermanentError
from app.providers.demo import FAILED, TICK_SECONDS, DemoProvider
from app.providers.demo_script import (
    MOST_TOKENS,
    Directives,
    count_tokens,
    parse,
    script_for,
    without,
)
from app.providers.retrying import RetryingStream
from tests.providers.conftest import LIMITS
from tests.providers.reading import Got, in_eventlet, read, until
from tests.support.clock import Clock

PROMPT_SECONDS = (
    30.0  # generous for a busy machine; the next token at the lowest rate would take 100
)


def ask(question: str) -> RetryingStream:
    turns = [Turn("user", "/fail after 0"), Turn("user", question)]
    return RetryingStream(DemoProvider(), turns, LIMITS)


@pytest.mark.parametrize("question", ["Why is the sky blue?", "", "/rate 0", "👩‍👩‍👧 `|` <b>\n> x"])
def test_the_demos_answer_is_its_script(question: str) -> None:
    script = script_for(question)
    got = read(ask(f"{question} /rate 0"))
    assert got.error is None
    assert (got.thinking, got.text) == (script.thinking, script.text)
    assert script == script_for(question)
    assert script.thinking and script.text


def test_the_demo_explains_itself_and_how_to_set_up_a_real_model() -> None:
    text = script_for("Why is the sky blue?").text
    parts = ["This is a demo", "> Why is the sky blue?", "| Words | 5 words |", "```sh", "\n- "]
    assert all(part in text for part in [*parts, "no model", "OPENAI_API_KEY", "MODELS="])
    assert script_for("Why?").text != script_for("Why not?").text


def test_a_long_question_is_quoted_in_part() -> None:
    assert f"> {'a' * 200}…" in script_for("a" * 999).text
    assert f"> {'a' * 199}…" in script_for("a" * 199 + "🇩🇪" * 9).text


@pytest.mark.parametrize("count", [0, 1, 7, 600, 20_000])
def test_the_demo_writes_exactly_the_given_tokens(count: int) -> None:
    got = read(ask(f"/tokens {count} /rate 0"))
    assert (got.error, got.thinking) == (None, "")
    assert count_tokens(got.text) == len(got.text.split()) == count
    assert got.usage == [Usage(4, count)]
    assert len(got.events) == count + 1


def test_the_demo_thinks_exactly_the_given_tokens() -> None:
    got = read(ask("Why? /think 80 /tokens 5 /rate 0"))
    assert (len(got.thinking.split()), len(got.text.split())) == (80, 5)
    assert got.text == script_for("Why? /tokens 5").text
    assert read(ask("Why? /think 0 /rate 0")).text == script_for("Why?").text


@pytest.mark.parametrize(
    "directives", ["/tokens 50 /fail after 20", "/fail after 20 /hang after 21"]
)
def test_the_demo_fails_after_the_given_token(directives: str) -> None:
    got = read(ask(f"Why? {directives} /rate 0"))
    assert isinstance(got.error, PermanentError)
    assert got.error.sentence == FAILED
    assert got.text == script_for(f"Why? {directives}").text
    assert count_tokens(got.text) == 20
    assert not got.usage


def test_a_failure_after_the_last_token_comes_at_the_end() -> None:
    got = read(ask("/tokens 5 /fail after 9 /rate 0"))
    assert (count_tokens(got.text), type(got.error)) == (5, PermanentError)


def test_the_demo_hangs_until_it_is_closed() -> None:
    stream, got = ask("Why? /tokens 50 /rate 0 /hang after 3"), Got()
    reader = threading.Thread(target=lambda: got.__init__(*vars(read(stream)).values()))
    reader.start()
    reader.join(0.3)
    assert reader.is_alive()
    stream.close()
    reader.join(PROMPT_SECONDS)
    assert isinstance(got.error, Cancelled)
    assert count_tokens(got.text) == 3


@pytest.mark.parametrize("rate", [0, 0.01, 30, 100_000])
def test_closing_wakes_the_demo_at_any_rate(rate: float) -> None:
    stream, ended = ask(f"/tokens 200000 /rate {rate}"), []
    reader = threading.Thread(target=lambda: ended.append(read(stream).error))
    reader.start()
    time.sleep(0.05)
    stream.close()
    until(lambda: ended, PROMPT_SECONDS)
    assert isinstance(ended[0], Cancelled)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("app.providers.demo.time", clock)
    return clock


def test_the_demo_keeps_its_rate(clock: Clock) -> None:
    assert count_tokens(read(ask("/tokens 50 /rate 100")).text) == 50
    assert 0.5 <= clock.elapsed < 0.5 + TICK_SECONDS


def test_a_delay_is_made_up_for_in_one_event(clock: Clock) -> None:
    events = iter(ask("/tokens 1000 /rate 1000"))
    next(events)
    clock.sleep(0.3)
    late = next(events)
    assert isinstance(late, Text)
    assert 300 <= count_tokens(late.text) < 350


def test_the_demo_yields_to_greenlets_at_full_speed() -> None:
    events, ticks, longest_gap = in_eventlet("measure_yields")
    assert events == 40_001
    assert ticks > 20
    assert longest_gap < 0.5


def test_directives_may_stand_anywhere() -> None:
    question = "/think 3 Why\n/tokens  7 is /RATE 2.5 it /fail after 1 so /hang   after 2"
    assert parse(question) == Directives(tokens=7, think=3, rate=2.5, fail=1, hang=2)
    assert without(question) == "Why is it so"


def test_text_that_resembles_a_directive_is_kept() -> None:
    question = "a/tokens 5 /tokens x /tokens -1 /tokens 5.5 /rate fast /fail 3 /tokens 1e9 //rate 0"
    assert parse(question) == Directives()
    assert without(question) == question


def test_the_last_of_equal_directives_counts_and_has_a_maximum() -> None:
    assert parse("/tokens 5 /tokens 6 /rate 1 /rate 0") == Directives(tokens=6, rate=0)
    assert parse("/tokens 999999999").tokens == MOST_TOKENS
    assert len(script_for("/tokens 999999999").text) > 1_000_000, (
        "long enough to test the app's limit"
    )
