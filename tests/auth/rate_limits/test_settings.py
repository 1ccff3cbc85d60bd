"""Settings of rate limits, and their defaults."""

from __future__ import annotations

import pytest

from app.auth import rate_limits
from app.config import DEFAULT_RATE_LIMITS, Config, ConfigError, RateLimits
from tests.auth.rate_limits.conftest import Make


def test_limits_are_read_from_the_environment() -> None:
    env = {"SECRET_KEY": "x", "LIMIT_SEND": "5 per hour", "LIMIT_JOIN": "off", "LIMIT_RETRY": ""}
    limits = Config.from_env(env).rate_limits
    assert limits.send is not None and (limits.send.amount, limits.send.get_expiry()) == (5, 3600)
    assert limits.join is None
    assert limits.retry == DEFAULT_RATE_LIMITS.retry


def test_an_invalid_limit_stops_start_up_with_a_sentence() -> None:
    with pytest.raises(
        ConfigError, match=r"^LIMIT_SEND must be like `60 per minute` or `off`.*\.$"
    ):
        Config.from_env({"SECRET_KEY": "x", "LIMIT_SEND": "many"})


def test_the_default_limits_allow_twenty_joins_a_second() -> None:
    assert DEFAULT_RATE_LIMITS.join is not None and DEFAULT_RATE_LIMITS.events is not None
    assert DEFAULT_RATE_LIMITS.join.amount / DEFAULT_RATE_LIMITS.join.get_expiry() >= 20
    assert DEFAULT_RATE_LIMITS.events.amount / DEFAULT_RATE_LIMITS.events.get_expiry() >= 20


def test_limits_can_be_switched_off(limited: Make) -> None:
    app = limited(**{f"LIMIT_{name.upper()}": "off" for name in RateLimits._fields})
    assert set(app.extensions["config"].rate_limits) == {None}
    with app.app_context():
        for _ in range(1000):
            rate_limits.hit("send", 1)
        rate_limits.clear("send", 1)
