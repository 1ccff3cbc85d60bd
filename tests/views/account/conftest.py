"""Signing in for the tests of the account page."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person


def sign_in(app: Flask, person: Person, password: str = PASSWORD, agent: str = "") -> Browser:
    """Sign a user in with the form; return the browser, which has this User-Agent."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    browser.post("/login", form_on="/login", email=person.email, password=password)
    return browser


def is_signed_in(browser: Browser) -> bool:
    """Return whether the account page is shown."""
    return browser.open("/account").status_code == 200


@pytest.fixture
def phone(app: Flask, cast: Cast) -> Browser:
    """Olive's other browser."""
    return Browser(app).signed_in(cast.olive)
