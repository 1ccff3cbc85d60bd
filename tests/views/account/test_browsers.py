"""The browsers that are signed in, on the account page, and what signs them out."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask

from app.extensions import db
from app.models import SignIn, User
from app.models.columns import now
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.views.account.conftest import is_signed_in, sign_in

LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


def test_nobody_has_no_account(app: Flask, cast: Cast) -> None:
    assert Browser(app).open("/account").location == "/login?next=/account"


def test_browsers_are_listed_and_all_signed_out_at_once(app: Flask, cast: Cast) -> None:
    olive, phone = sign_in(app, cast.olive, agent=LINUX), sign_in(app, cast.olive, agent=PHONE)
    page = re.sub(r"\s+", " ", olive.open("/account").text)
    assert "Firefox on Linux (this one)" in page
    assert "Safari on iOS" in page
    assert olive.post("/account/sign-out", form_on="/account").location == "/login"
    assert not is_signed_in(olive) and not is_signed_in(phone)


def test_one_of_them_is_signed_out(app: Flask, cast: Cast, eve: Browser) -> None:
    olive, phone = sign_in(app, cast.olive, agent=LINUX), sign_in(app, cast.olive, agent=PHONE)
    [key] = re.findall(r'name="id" value="(\d+)"', olive.open("/account").text)

    eve.post("/account/sign-ins/end", form_on="/account", id=key)
    olive.post("/account/sign-ins/end", form_on="/account", id="what?")
    assert is_signed_in(phone), "only their own, and only what there is"
    olive.post("/account/sign-ins/end", form_on="/account", id=key)

    assert is_signed_in(olive) and not is_signed_in(phone)


def test_a_sign_in_ends_by_itself_after_ninety_days(olive: Browser, database: Database) -> None:
    database.write(lambda: age(89))
    assert is_signed_in(olive)
    database.write(lambda: age(91))
    assert not is_signed_in(olive)


def age(days: int) -> None:
    for row in db.session.scalars(db.select(SignIn)):
        row.created_at = now() - timedelta(days=days)


def test_a_disabled_person_is_signed_out_of_the_page_too(
    olive: Browser, database: Database, cast: Cast
) -> None:
    database.write(lambda: disable(cast.olive.email))
    assert not is_signed_in(olive)


def disable(email: str) -> None:
    user = User.by_email(email)
    assert user is not None
    user.disable()
