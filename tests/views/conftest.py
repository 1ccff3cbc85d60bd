"""The browsers that the tests of pages share."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import Cast


@pytest.fixture
def nobody(app: Flask) -> Browser:
    """A browser without a signed-in user."""
    return Browser(app)


@pytest.fixture
def olive(app: Flask, cast: Cast) -> Browser:
    return Browser(app).signed_in(cast.olive)


@pytest.fixture
def eve(app: Flask, cast: Cast) -> Browser:
    return Browser(app).signed_in(cast.eve)
