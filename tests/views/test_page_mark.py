"""The mark of a sign-in, on its pages and in a cookie."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast

MARK = re.compile(r'<html[^>]* data-sign-in="([^"]+)"')


def mark_of(browser: Browser) -> str:
    """Return the mark on the browser's page; it must be in the cookie too."""
    found = MARK.search(browser.open("/account").text)
    cookie = browser.client.get_cookie("midstream-page")
    assert found and cookie
    assert found[1] == f"midstream-page={cookie.value}"
    return cookie.value


def test_each_sign_in_has_its_own_mark(app: Flask, cast: Cast, olive: Browser) -> None:
    mark = mark_of(olive)
    assert mark == mark_of(olive)
    assert mark != mark_of(Browser(app).signed_in(cast.olive))
    olive.post("/login", form_on="/account", email=cast.olive.email, password=PASSWORD)
    assert mark != mark_of(olive)


@pytest.mark.parametrize("form", ["/logout", "/account/sign-out"])
def test_signing_out_clears_the_cache_and_the_mark(olive: Browser, form: str) -> None:
    mark_of(olive)
    answer = olive.post(form, form_on="/account")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert olive.client.get_cookie("midstream-page") is None
    assert not MARK.search(olive.open("/login").text)


def test_a_sign_in_that_ended_elsewhere_loses_its_mark_with_the_next_page(
    app: Flask, cast: Cast, olive: Browser
) -> None:
    mark_of(olive)
    Browser(app).signed_in(cast.olive).post("/account/sign-out", form_on="/account")
    olive.open("/login")
    assert olive.client.get_cookie("midstream-page") is None
