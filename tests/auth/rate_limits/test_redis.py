"""Rate limits in Redis: processes share the counts, and Redis may be down."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from app import create_app
from app.auth import rate_limits
from app.config import RateLimits, RedisSettings, current_config
from app.errors import RateLimited
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.services import redis_server


@pytest.fixture
def in_redis(app: Flask, redis_url: str) -> Iterator[Flask]:
    with app.app_context():
        settings = replace(
            current_config(), rate_limits=RateLimits.from_env({"LIMIT_SEND": "2 per minute"})
        )
    first = create_app(replace(settings, redis_url=redis_url))
    first.extensions["other"] = lambda: create_app(replace(settings, redis_url=redis_url))
    yield first
    with Redis.from_url(redis_url) as redis:
        redis.flushall()


@pytest.mark.redis
def test_processes_count_together_in_redis(in_redis: Flask) -> None:
    with in_redis.app_context():
        rate_limits.hit("send", 1)
    with in_redis.extensions["other"]().app_context():
        rate_limits.hit("send", 1)
        with pytest.raises(RateLimited):
            rate_limits.hit("send", 1)


@pytest.mark.redis
def test_deployments_count_for_themselves(in_redis: Flask, redis_url: str) -> None:
    with in_redis.app_context():
        for _ in range(2):
            rate_limits.hit("send", 1)
        config = replace(current_config(), redis=RedisSettings(prefix="another"))
    with create_app(config).app_context():
        rate_limits.hit("send", 1)
    with Redis.from_url(redis_url) as redis:
        prefixes = {key.decode().partition(":limits:")[0] for key in redis.scan_iter()}
    assert len(prefixes) == 2 and "another" in prefixes


def test_without_redis_each_process_counts_and_that_is_logged_once(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        limits = RateLimits.from_env({"LIMIT_SEND": "2 per minute"})
        config = replace(current_config(), rate_limits=limits, redis_url="redis://127.0.0.1:1/0")
    with create_app(config).app_context():
        rate_limits.hit("send", 1)
        rate_limits.clear("send", 1)
        for _ in range(2):
            rate_limits.hit("send", 1)
        with pytest.raises(RateLimited):
            rate_limits.hit("send", 1)
    assert caplog.messages == ["Redis fails: it can't be reached."]


def test_a_count_that_can_not_be_cleared_expires(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        config = replace(current_config(), redis_url="redis://127.0.0.1:1/0")
    with create_app(config).app_context():
        rate_limits.clear("send", 1)
    assert caplog.messages == ["Redis fails: it can't be reached."]


def test_nobody_waits_where_somebody_has_waited_in_vain(app: Flask) -> None:
    """A Redis that takes connections and says nothing is asked once."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        with app.app_context():
            config = replace(current_config(), redis_url=url)
        with create_app(config).app_context():
            for number in range(20):
                rate_limits.hit("send", number)
        mute.settimeout(0)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()


EMAIL = "olive@example.org"


def guess(app: Flask, password: str) -> int:
    answer = Browser(app).post("/login", form_on="/login", email=EMAIL, password=password)
    return answer.status_code


@pytest.mark.redis
def test_guesses_are_counted_in_the_process_while_redis_is_down(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    with app.app_context():
        limits = RateLimits.from_env({"LIMIT_SIGN_IN_ACCOUNT": "3 per minute"})
        config = replace(current_config(), rate_limits=limits)
    with redis_server(tmp_path) as url:
        app = create_app(replace(config, redis_url=url))
        assert guess(app, "a guess") == 422, "precondition: counted in Redis"

    assert [guess(app, "a guess") for _ in range(2)] == [422, 422]
    assert guess(app, PASSWORD) == 302, "the right password resets the count"
    assert [guess(app, "a guess") for _ in range(4)] == [422, 422, 422, 429]
    assert guess(app, PASSWORD) == 429, "the right password is refused, too"
