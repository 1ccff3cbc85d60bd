"""While Redis doesn't answer, passwords can't be guessed any more often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.config import RateLimits, current_config
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.services import redis_server

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
