"""What processes tell each other through Redis expires by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.config import RedisSettings
from app.presence import exchange
from app.presence.exchange import Exchange
from app.shared_redis import SharedRedis
from tests.support.waiting import eventually

pytestmark = pytest.mark.redis

HERE = {"c1": {"olive": 1}}
THERE = {"c1": {"max": 2}, "c2": {"rex": 0}}


def exchange_of(redis_url: str, prefix: str = "tests") -> Exchange:
    return Exchange(SharedRedis(redis_url, RedisSettings(prefix)))


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """An empty Redis."""
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        yield redis


@pytest.fixture
def pair(redis: Redis, redis_url: str) -> tuple[Exchange, Exchange]:
    """Those of two processes."""
    return exchange_of(redis_url), exchange_of(redis_url)


def test_each_hears_what_the_other_says_and_not_itself(pair: tuple[Exchange, Exchange]) -> None:
    one, other = pair
    assert one.swap(HERE) == []
    assert other.swap(THERE) == [HERE]
    assert one.swap({}) == [THERE]
    assert other.swap(THERE) == [{}]


def test_another_deployment_is_not_heard(
    pair: tuple[Exchange, Exchange], redis_url: str, redis: Redis
) -> None:
    another = exchange_of(redis_url, "another")
    another.swap(THERE)
    assert pair[0].swap(HERE) == []
    assert another.swap(THERE) == []
    names = {name.decode().partition(":")[0] for name in redis.scan_iter()}
    assert names == {"tests", "another"}


def test_a_process_that_ends_says_so(pair: tuple[Exchange, Exchange]) -> None:
    one, other = pair
    one.swap(HERE)
    one.withdraw()
    assert other.swap({}) == []


def test_what_a_killed_process_has_said_expires(
    pair: tuple[Exchange, Exchange], redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    monkeypatch.setattr(exchange, "EXPIRY_SECONDS", 1)
    one.swap(HERE)
    assert other.swap({}) == [HERE]
    eventually(lambda: other.swap({}) == [], 20.0)
    assert redis.scard("tests:{presence}") == 1, "its name is gone, too"
    assert one.swap(HERE) == [{}], "it was only paused, and goes on"
    assert other.swap({}) == [HERE]


def test_what_is_unchanged_is_not_read_again(
    pair: tuple[Exchange, Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.swap(HERE)
    other.swap({})
    monkeypatch.setattr(exchange.json, "loads", lambda text: pytest.fail("read again"))
    assert other.swap({}) == [HERE]
