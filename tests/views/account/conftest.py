"""What the tests of the account page share: Olive, who has signed in with the form."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person

LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


def sign_in(app: Flask, person: Person, password: str = PASSWORD, agent: str = LINUX) -> Browser:
    """Return a browser of this name in which somebody has filled in the form."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    browser.post("/login", form_on="/login", email=person.email, password=password)
    return browser


def is_signed_in(browser: Browser) -> bool:
    """Is the account page shown?"""
    return browser.open("/account").status_code == 200


@pytest.fixture
def olive(app: Flask, cast: Cast) -> Browser:
    """Olive's browser at her desk."""
    return sign_in(app, cast.olive)


@pytest.fixture
def phone(app: Flask, cast: Cast) -> Browser:
    """Olive's other one."""
    return sign_in(app, cast.olive, agent=PHONE)
