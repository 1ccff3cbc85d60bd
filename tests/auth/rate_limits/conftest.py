"""Fixtures of the tests of rate limits."""

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
    """Return a function that creates the app with the given limits."""

    def make(**limits: str) -> Flask:
        with app.app_context():
            config = replace(current_config(), rate_limits=RateLimits.from_env(limits))
        return create_app(config)

    return make
