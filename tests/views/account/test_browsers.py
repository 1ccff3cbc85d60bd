"""Signed-in browsers on the account page, and what signs them out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models import SignIn, User
from app.models.columns import now
from app.models.sign_in import MAX_SIGN_INS
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.http_session import csrf_token
from tests.views.account.conftest import is_signed_in, sign_in

LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


def test_the_account_page_needs_a_sign_in(app: Flask, cast: Cast) -> None:
    assert Browser(app).open("/account").location == "/login?next=/account"


def test_browsers_are_listed_and_can_all_be_signed_out(app: Flask, cast: Cast) -> None:
    olive, phone = sign_in(app, cast.olive, agent=LINUX), sign_in(app, cast.olive, agent=PHONE)
    page = re.sub(r"\s+", " ", olive.open("/account/security").text)
    assert "Firefox on Linux (this one)" in page
    assert "Safari on iOS" in page
    assert olive.post("/account/sign-out", form_on="/account").location == "/login"
    assert not is_signed_in(olive) and not is_signed_in(phone)


def test_one_of_the_users_own_browsers_can_be_signed_out(
    app: Flask, cast: Cast, eve: Browser
) -> None:
    olive, phone = sign_in(app, cast.olive, agent=LINUX), sign_in(app, cast.olive, agent=PHONE)
    [key] = re.findall(r'name="id" value="(\d+)"', olive.open("/account/security").text)

    eve.post("/account/sign-ins/end", form_on="/account", id=key)
    assert is_signed_in(phone), "only the user's own sign-ins, and only existing ones"
    olive.post("/account/sign-ins/end", form_on="/account", id=key)

    assert is_signed_in(olive) and not is_signed_in(phone)


@pytest.mark.parametrize("key", ["", "what?", "-1", "0", "1e3", "2147483648", "9" * 30, "9" * 5000])
def test_what_is_no_key_of_a_sign_in_is_refused(olive: Browser, key: str) -> None:
    answer = olive.post("/account/sign-ins/end", form_on="/account", id=key)
    assert answer.status_code == 400
    assert "id:" in answer.text
    assert is_signed_in(olive)


def test_signing_in_again_in_the_same_browser_ends_the_earlier_sign_in(
    app: Flask, cast: Cast, database: Database
) -> None:
    browser, other = sign_in(app, cast.olive), sign_in(app, cast.olive)
    stolen = Browser(app)
    cookie = browser.client.get_cookie("midstream")
    assert cookie
    stolen.client.set_cookie("midstream", cookie.value)
    token = csrf_token(browser.open("/account").text)
    fields = {"email": cast.max.email, "password": PASSWORD, "csrf_token": token}
    assert browser.post_bare("/login", **fields).status_code == 302
    assert "Max" in browser.open("/account").text
    assert not is_signed_in(stolen), "nobody can sign the earlier one out any more"
    assert is_signed_in(other), "another browser's sign-in goes on"


def test_a_wrong_password_ends_no_sign_in(app: Flask, cast: Cast) -> None:
    browser = sign_in(app, cast.olive)
    token = csrf_token(browser.open("/account").text)
    fields = {"email": cast.olive.email, "password": "wrong", "csrf_token": token}
    assert browser.post_bare("/login", **fields).status_code == 422
    assert is_signed_in(browser)


def test_a_sign_in_expires_after_ninety_days(olive: Browser, database: Database) -> None:
    database.write(lambda: age(89))
    assert is_signed_in(olive)
    database.write(lambda: age(91))
    assert not is_signed_in(olive)


def test_the_oldest_of_too_many_sign_ins_ends(
    app: Flask, cast: Cast, olive: Browser, eve: Browser
) -> None:
    second = Browser(app).signed_in(cast.olive)
    for _ in range(MAX_SIGN_INS - 1):
        Browser(app).signed_in(cast.olive)
    assert not is_signed_in(olive)
    assert is_signed_in(second) and is_signed_in(eve)


def age(days: int) -> None:
    for row in db.session.scalars(db.select(SignIn)):
        row.created_at = now() - timedelta(days=days)


def test_a_disabled_user_is_signed_out(olive: Browser, database: Database, cast: Cast) -> None:
    database.write(lambda: disable(cast.olive.email))
    assert not is_signed_in(olive)


def disable(email: str) -> None:
    user = User.by_email(email)
    assert user is not None
    user.disable()
