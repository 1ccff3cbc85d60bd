"""What the tests of limits share: the app, with limits of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from app.config import RateLimits, current_config

Make = Callable[..., Flask]


@pytest.fixture
def limited(app: Flask) -> Make:
    """Make the same app with other limits."""

    def make(**said: str) -> Flask:
        with app.app_context():
            config = replace(current_config(), rate_limits=RateLimits.from_env(said))
        return create_app(config)

    return make
