"""How often somebody may do something, on pages and on sockets alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from app import create_app, limits
from app.config import Config, ConfigError
from app.errors import RateLimited
from app.limits import DEFAULTS, UNLIMITED, Limits
from app.replies import desk
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.records import Records
from tests.support.socket import Socket

Make = Callable[..., Flask]


@pytest.fixture
def limited(app: Flask) -> Make:
    """Make the same app with other limits."""

    def make(**said: str) -> Flask:
        with app.app_context():
            config = replace(desk().config, limits=Limits.from_env(said))
        return create_app(config)

    return make


def test_the_environment_says_what_is_allowed() -> None:
    env = {"SECRET_KEY": "x", "LIMIT_SEND": "5 per hour", "LIMIT_JOIN": "off", "LIMIT_RETRY": ""}
    said = Config.from_env(env).limits
    assert said.send is not None and (said.send.amount, said.send.get_expiry()) == (5, 3600)
    assert said.join is None
    assert said.retry == DEFAULTS.retry


def test_a_limit_that_makes_no_sense_ends_the_start_with_a_sentence() -> None:
    with pytest.raises(ConfigError, match="LIMIT_SEND must be like `60 per minute` or `off`"):
        Config.from_env({"SECRET_KEY": "x", "LIMIT_SEND": "many"})


def test_a_reader_with_twenty_tabs_that_rejoin_every_second_meets_no_limit() -> None:
    assert DEFAULTS.join is not None and DEFAULTS.events is not None
    assert DEFAULTS.join.amount / DEFAULTS.join.get_expiry() >= 20
    assert DEFAULTS.events.amount / DEFAULTS.events.get_expiry() >= 20


def test_without_limits_nothing_is_counted(limited: Make) -> None:
    app = limited(**{f"LIMIT_{name.upper()}": "off" for name in Limits._fields})
    assert app.config["LIMITS"] == UNLIMITED
    with app.app_context():
        for _ in range(1000):
            limits.hit("send", 1)
        limits.forgive("send", 1)


@pytest.mark.parametrize("event", ["join", "send", "retry"])
def test_what_is_too_often_is_refused_with_the_time_to_wait_and_for_that_person_alone(
    limited: Make, cast: Cast, records: Records, event: str
) -> None:
    app = limited(**{f"LIMIT_{event.upper()}": "2 per minute"})
    where = records.conversation(cast.olive, cast.max)
    wish = {"conversation": where, "content": "Why?", "id": "0" * 32}
    one_tab, other_tab = Socket(app, cast.olive.token), Socket(app, cast.olive.token)
    for tab in (one_tab, other_tab):
        assert tab.ask_anything(event, wish).get("error") != "rate_limited"

    refusal = one_tab.ask(event, wish)

    assert (refusal["ok"], refusal["error"]) == (False, "rate_limited")
    assert 0 < refusal["retry_after"] <= 60
    assert Socket(app, cast.max.token).ask_anything(event, wish).get("error") != "rate_limited"


def test_questions_are_counted_together_wherever_they_are_asked(
    limited: Make, cast: Cast, records: Records
) -> None:
    app = limited(LIMIT_SEND="1 per minute")
    where = records.conversation(cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    assert olive.post(f"/conversations/{where}/messages", content="Why?").status_code == 302
    answer = olive.post(f"/conversations/{where}/messages", content="Why not?")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    ack = Socket(app, cast.olive.token).ask("send", {"conversation": where, "content": "So?"})
    assert ack["error"] == "rate_limited"


def test_one_connections_events_of_any_kind_are_limited_and_the_next_ones_are_not(
    limited: Make, cast: Cast
) -> None:
    app = limited(LIMIT_EVENTS="3 per minute")
    flood, calm = Socket(app, cast.olive.token), Socket(app, cast.olive.token)
    acks = [flood.ask("conversations", {}) for _ in range(5)]
    assert [ack["ok"] for ack in acks] == [True] * 3 + [False] * 2
    assert (acks[-1]["error"], acks[-1]["retry_after"]) == ("rate_limited", 20)
    assert calm.ask("conversations", {})["ok"]


@pytest.fixture
def guess(limited: Make, cast: Cast) -> Callable[..., int]:
    """Try a password and return the status."""
    app = limited(LIMIT_SIGN_IN_ACCOUNT="3 per minute", LIMIT_SIGN_IN_ADDRESS="8 per minute")

    def try_it(email: str, password: str = "a guess", address: str = "192.0.2.1") -> int:
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = address
        answer = browser.post("/login", form_on="/login", email=email, password=password)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 60
            assert "too much at once" in answer.text
        return answer.status_code

    return try_it


@pytest.mark.parametrize("email", ["olive@example.org", "nobody@example.org"])
def test_an_account_is_guessed_at_three_times_whoever_it_is_and_from_wherever(
    guess: Callable[..., int], email: str
) -> None:
    written = [email, f" {email.upper()}", email, email]
    statuses = [guess(name, address=f"192.0.2.{n}") for n, name in enumerate(written)]
    assert statuses == [422, 422, 422, 429]
    assert guess(email, PASSWORD, "192.0.2.9") == 429, "even the right one has to wait"
    assert guess("max@example.org") == 422


def test_the_right_password_starts_the_count_anew(guess: Callable[..., int]) -> None:
    for _ in range(3):
        statuses = [guess("olive@example.org"), guess("olive@example.org", PASSWORD)]
        assert statuses == [422, 302]


@pytest.mark.parametrize(
    "addresses",
    [["192.0.2.7"], ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"], ["::ffff:192.0.2.8"]],
)
def test_an_address_guesses_eight_times_whomever_it_guesses_at(
    guess: Callable[..., int], addresses: list[str]
) -> None:
    statuses = [
        guess(f"somebody{n}@example.org", address=addresses[n % len(addresses)]) for n in range(9)
    ]
    assert statuses == [422] * 8 + [429]
    assert guess("olive@example.org", address="192.0.2.99") == 422


@pytest.fixture
def in_redis(app: Flask, redis_url: str) -> Iterator[Flask]:
    with app.app_context():
        settings = replace(desk().config, limits=Limits.from_env({"LIMIT_SEND": "2 per minute"}))
    first = create_app(replace(settings, redis_url=redis_url))
    first.extensions["other"] = lambda: create_app(replace(settings, redis_url=redis_url))
    yield first
    with Redis.from_url(redis_url) as redis:
        redis.flushall()


@pytest.mark.redis
def test_processes_count_together_in_redis(in_redis: Flask) -> None:
    with in_redis.app_context():
        limits.hit("send", 1)
    with in_redis.extensions["other"]().app_context():
        limits.hit("send", 1)
        with pytest.raises(RateLimited):
            limits.hit("send", 1)


@pytest.mark.redis
def test_where_redis_does_not_answer_all_is_let_through_and_noted(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        config = replace(desk().config, redis_url="redis://127.0.0.1:1/0")
    with create_app(config).app_context():
        limits.hit("send", 1)
        limits.forgive("send", 1)
    assert [record.message.split(";")[0] for record in caplog.records] == [
        "Nothing could be counted",
        "What was counted could not be forgotten",
    ]
