"""A model's server that says when it wants to be asked again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.http import http_date

from app.providers import errors, retrying
from app.providers.base import PermanentError, TransientError
from app.providers.call import Call, TimeLimits
from app.providers.retry_after import LONGEST_SECONDS, seconds_to_wait
from tests.providers.conftest import LIMITS, Ask
from tests.providers.reading import read
from tests.support.fake_model import FakeModel

pytestmark = pytest.mark.usefixtures("quick")

DATE = "Fri, 27 Nov 2026 08:00:00 GMT"
MOST_DELAY = 0.015  # what is added to it, see `quick`


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each request was delayed, in seconds; nothing waits."""
    waited: list[float] = []
    monkeypatch.setattr(Call, "wait", lambda _call, seconds: waited.append(seconds))
    return waited


@pytest.mark.parametrize("status", ["408", "429", "500", "503", "529"])
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_a_server_is_not_asked_again_before_it_wants_to_be(
    api: str, status: str, ask: Ask, fake: FakeModel, waits: list[float]
) -> None:
    fake.error_headers = {"Retry-After": "7"}
    got = read(ask(f"{api}:{status},{status},{api}-text"))
    assert got.error is None
    assert len(fake.requests) == 3
    assert [7 < wait <= 7 + MOST_DELAY for wait in waits] == [True, True]


def test_a_second_is_a_second(ask: Ask, fake: FakeModel) -> None:
    fake.error_headers = {"Retry-After": "1"}
    began = time.monotonic()
    assert read(ask("openai:429,openai-text")).error is None
    assert time.monotonic() - began > 1


@pytest.mark.parametrize(
    ("status", "retry_after", "sentence"),
    [
        ("429", "31", f"{errors.BUSY[:-8]}in 31 seconds or later."),
        ("503", "300", f"{errors.TROUBLE[:-8]}in 5 minutes or later."),
        ("529", "86400", f"{errors.OVERLOADED[:-8]}in 24 hours or later."),
        ("429", "9" * 400, f"{errors.BUSY[:-8]}in 168 hours or later."),
    ],
)
def test_a_server_that_wants_too_long_a_wait_is_not_asked_again(
    status: str, retry_after: str, sentence: str, ask: Ask, fake: FakeModel, waits: list[float]
) -> None:
    assert sentence.count(" Please try again in ") == 1, "precondition: how the sentences end"
    fake.error_headers = {"Retry-After": retry_after}
    got = read(ask(f"openai:{status},openai-text"))
    assert isinstance(got.error, TransientError)
    assert got.error.sentence == sentence
    assert (len(fake.requests), waits) == (1, [])


def test_a_wait_that_the_time_limits_do_not_allow_is_too_long(
    ask: Ask, fake: FakeModel, waits: list[float]
) -> None:
    fake.error_headers = {"Retry-After": "20"}
    limits = TimeLimits(connect=LIMITS.connect, read=15, total=LIMITS.total)
    error = read(ask("openai:429,openai-text", limits=limits)).error
    assert error and error.sentence.endswith("in 20 seconds or later.")
    assert (len(fake.requests), waits) == (1, [])
    assert retrying.LONGEST_WAIT_SECONDS > 20, "precondition: it is the time limit that counts"


def test_the_last_attempt_says_when_to_try_again(
    ask: Ask, fake: FakeModel, waits: list[float]
) -> None:
    fake.error_headers = {"Retry-After": "60"}
    error = read(ask("openai:page,page,429")).error
    assert error and error.sentence.endswith("in 60 seconds or later.")


def test_what_is_never_asked_again_is_not_because_of_a_header(
    ask: Ask, fake: FakeModel, waits: list[float]
) -> None:
    fake.error_headers = {"Retry-After": "1"}
    assert isinstance(read(ask("openai:401,openai-text")).error, PermanentError)
    assert (len(fake.requests), waits) == (1, [])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", 0),
        ("1.5", 1.5),
        ("9" * 5_000, LONGEST_SECONDS),
        ("Fri, 27 Nov 2026 08:00:07 GMT", 7),
        ("Friday, 27-Nov-26 08:00:07 GMT", 7),
        ("Fri Nov 27 08:00:07 2026", 7),
        ("Fri, 27 Nov 2026 09:00:07 +0100", 7),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_SECONDS),
        ("Fri, 27 Nov 2026 07:59:00 GMT", 0),
        *(
            (value, 0)
            for value in [
                *("", "-5", "1e400", "NaN", "inf", "true", '"12"', "5 seconds", "soon", ",,,"),
                *("\u00b2", "Fri, 27 Nov 99999999999999 08:00:07 GMT"),
                "Tue, 31 Feb 2027 08:00:07 GMT",
            ]
        ),
    ],
)
def test_every_form_of_retry_after_is_read(value: str, seconds: float) -> None:
    headers = {b"retry-after": value.encode("latin-1"), b"date": DATE.encode()}
    assert seconds_to_wait(headers) == seconds


def test_milliseconds_are_more_precise() -> None:
    assert seconds_to_wait({b"retry-after-ms": b"1500", b"retry-after": b"2"}) == 1.5
    assert seconds_to_wait({b"retry-after-ms": b"x", b"retry-after": b"2"}) == 2


@pytest.mark.parametrize("date", [{}, {b"date": b"yesterday"}])
def test_a_date_is_compared_with_our_clock_where_the_server_names_none(
    date: dict[bytes, bytes],
) -> None:
    at = http_date(datetime.now(UTC) + timedelta(hours=1)).encode()
    assert 3_500 < seconds_to_wait({b"retry-after": at, **date}) <= 3_600
