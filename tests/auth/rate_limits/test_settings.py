"""What the environment says of limits, and what holds where it says nothing."""

from __future__ import annotations

import pytest

from app.auth import rate_limits
from app.auth.rate_limits import DEFAULTS, Limits
from app.config import Config
from app.environment import ConfigError
from tests.auth.rate_limits.conftest import Make


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
    assert set(app.config["LIMITS"]) == {None}
    with app.app_context():
        for _ in range(1000):
            rate_limits.hit("send", 1)
        rate_limits.forgive("send", 1)
