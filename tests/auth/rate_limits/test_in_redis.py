"""Rate limits in Redis: processes share the counts, and Redis may be down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from app import create_app
from app.auth import rate_limits
from app.config import RateLimits, current_config
from app.errors import RateLimited


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
def test_without_redis_requests_are_allowed_and_logged(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        config = replace(current_config(), redis_url="redis://127.0.0.1:1/0")
    with create_app(config).app_context():
        rate_limits.hit("send", 1)
        rate_limits.clear("send", 1)
    assert [record.message.split(";")[0] for record in caplog.records] == [
        "Redis could not count",
        "A count in Redis could not be cleared",
    ]
