"""Changing the password on the account page signs out other browsers."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.support.browser import Browser, inside
from tests.support.cast import PASSWORD, Cast
from tests.views.account.conftest import is_signed_in, sign_in


def test_a_new_password_signs_out_every_other_browser(
    app: Flask, cast: Cast, olive: Browser, phone: Browser
) -> None:
    changed = olive.post(
        "/account/password", form_on="/account", current=PASSWORD, new="quite another"
    )
    assert changed.location == "/account/security"
    assert "signed out everywhere else" in olive.open("/account/security").text
    assert not is_signed_in(phone)
    assert is_signed_in(sign_in(app, cast.olive, "quite another"))
    old = Browser(app).post("/login", form_on="/login", email=cast.olive.email, password=PASSWORD)
    assert old.status_code == 422


def test_the_cookie_from_before_the_change_is_useless_in_any_browser(
    app: Flask, olive: Browser
) -> None:
    stolen = Browser(app)
    cookie = olive.client.get_cookie("midstream")
    assert cookie
    stolen.client.set_cookie("midstream", cookie.value)
    assert is_signed_in(stolen), "the stolen cookie must work before"
    olive.post("/account/password", form_on="/account", current=PASSWORD, new="quite another")
    assert is_signed_in(olive)
    assert not is_signed_in(stolen)


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("wrong", "quite another", "current password is wrong"),
        (PASSWORD, "short", "8 to 1,000 characters"),
        (PASSWORD, "x" * 1001, "8 to 1,000 characters"),
        (PASSWORD, "Password1", "one of the most common ones"),
        (PASSWORD, PASSWORD, "is the old one"),
    ],
)
def test_a_refused_password_changes_nothing(
    olive: Browser, phone: Browser, current: str, new: str, sentence: str
) -> None:
    answer = olive.post("/account/password", form_on="/account", current=current, new=new)
    assert answer.status_code == 400
    field = "current" if "current" in sentence else "new"
    assert sentence in inside(answer.text, "field-problem")
    assert re.search(
        rf'name="{field}" aria-invalid="true" aria-describedby="problem-{field}"', answer.text
    )
    assert is_signed_in(phone)


def test_guesses_of_the_current_password_are_limited(olive: Browser) -> None:
    for _ in range(10):
        answer = olive.post("/account/password", form_on="/account", current="guess", new="x" * 9)
        assert answer.status_code == 400
    answer = olive.post("/account/password", form_on="/account", current=PASSWORD, new="x" * 9)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
