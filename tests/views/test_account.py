"""The account page: the password, the browsers that are signed in, and the API tokens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models import ApiToken, SignIn, User
from app.models.columns import now
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.records import Records

LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"
NEW_TOKEN = re.compile(r"data-new-token>(midstream_[\w-]{43})<")


def sign_in(app: Flask, person: Person, password: str = PASSWORD, agent: str = LINUX) -> Browser:
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    browser.post("/login", form_on="/login", email=person.email, password=password)
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.open("/account").status_code == 200


@pytest.fixture
def olive(app: Flask, cast: Cast) -> Browser:
    return sign_in(app, cast.olive)


@pytest.fixture
def phone(app: Flask, cast: Cast) -> Browser:
    return sign_in(app, cast.olive, agent=PHONE)


def test_nobody_has_no_account(app: Flask, cast: Cast) -> None:
    assert Browser(app).open("/account").location == "/login?next=/account"


def test_a_new_password_signs_out_every_other_browser_and_not_this_one(
    app: Flask, cast: Cast, olive: Browser, phone: Browser
) -> None:
    changed = olive.post(
        "/account/password", form_on="/account", current=PASSWORD, new="quite another"
    )
    assert changed.location == "/account"
    assert "signed out everywhere else" in olive.open("/account").text
    assert not is_signed_in(phone)
    assert is_signed_in(sign_in(app, cast.olive, "quite another"))
    old = Browser(app).post("/login", form_on="/login", email=cast.olive.email, password=PASSWORD)
    assert old.status_code == 422


def test_the_cookie_from_before_the_new_password_is_worth_nothing_even_here(
    app: Flask, olive: Browser
) -> None:
    stolen = Browser(app)
    cookie = olive.client.get_cookie("midstream")
    assert cookie
    stolen.client.set_cookie("midstream", cookie.value)
    assert is_signed_in(stolen), "it must have been worth something"
    olive.post("/account/password", form_on="/account", current=PASSWORD, new="quite another")
    assert is_signed_in(olive)
    assert not is_signed_in(stolen)


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("wrong", "quite another", "not your present password"),
        (PASSWORD, "short", "8 to 1,000 characters"),
        (PASSWORD, "x" * 1001, "8 to 1,000 characters"),
    ],
)
def test_what_is_no_good_changes_nothing(
    olive: Browser, phone: Browser, current: str, new: str, sentence: str
) -> None:
    answer = olive.post("/account/password", form_on="/account", current=current, new=new)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert is_signed_in(phone)


def test_the_present_password_can_be_guessed_ten_times(olive: Browser) -> None:
    for _ in range(10):
        answer = olive.post("/account/password", form_on="/account", current="guess", new="x" * 9)
        assert answer.status_code == 400
    answer = olive.post("/account/password", form_on="/account", current=PASSWORD, new="x" * 9)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_browsers_are_listed_and_all_signed_out_at_once(olive: Browser, phone: Browser) -> None:
    page = re.sub(r"\s+", " ", olive.open("/account").text)
    assert "Firefox on Linux (this one)" in page
    assert "Safari on iOS" in page
    assert olive.post("/account/sign-out", form_on="/account").location == "/login"
    assert not is_signed_in(olive) and not is_signed_in(phone)


def test_a_sign_in_ends_by_itself_after_ninety_days(olive: Browser, records: Records) -> None:
    records.write(lambda: age(89))
    assert is_signed_in(olive)
    records.write(lambda: age(91))
    assert not is_signed_in(olive)


def age(days: int) -> None:
    for sign_in in db.session.scalars(db.select(SignIn)):
        sign_in.created_at = now() - timedelta(days=days)


def test_a_token_is_shown_once_and_only_its_hash_is_kept(olive: Browser, app: Flask) -> None:
    made = olive.post("/account/tokens", form_on="/account", name="laptop", days="30")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    token = NEW_TOKEN.search(made.text)
    assert token
    with app.app_context():
        found = ApiToken.by_token(token[1])
        assert found and found.user.name == "Olive" and found.expires_at
        assert timedelta(days=29) < found.expires_at - now() <= timedelta(days=30)
    page = olive.open("/account").text
    assert token[1] not in page
    assert f"{token[1][:14]}…" in page and "laptop" in page and "never used" in page


def test_an_expired_token_opens_nothing(olive: Browser, app: Flask, records: Records) -> None:
    made = olive.post("/account/tokens", form_on="/account", name="laptop", days="30")
    token = NEW_TOKEN.search(made.text)
    assert token
    records.write(lambda: expire("laptop"))
    with app.app_context():
        assert ApiToken.by_token(token[1]) is None
    assert "expired" in olive.open("/account").text


def expire(name: str) -> None:
    token = db.session.scalars(db.select(ApiToken).filter_by(name=name)).one()
    token.expires_at = now() - timedelta(seconds=1)


def test_a_name_is_given_once_until_its_token_is_revoked(olive: Browser) -> None:
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 201
    again = olive.post("/account/tokens", form_on="/account", name=" laptop ")
    assert again.status_code == 400 and "Revoke it first" in again.text
    olive.post("/account/tokens/revoke", form_on="/account", name="laptop")
    assert "laptop" not in olive.open("/account").text
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 201


@pytest.mark.parametrize(
    "fields", [{}, {"name": " "}, {"name": "x" * 101}, {"name": "a\0"}, {"name": "x", "days": "-1"}]
)
def test_a_token_that_makes_no_sense_is_not_made(
    olive: Browser, records: Records, fields: dict[str, str]
) -> None:
    before = records.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))
    assert olive.post("/account/tokens", form_on="/account", **fields).status_code == 400
    assert before == records.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))


def test_nobody_revokes_what_is_not_theirs(olive: Browser, app: Flask, cast: Cast) -> None:
    olive.post("/account/tokens/revoke", form_on="/account", name="tests")
    with app.app_context():
        assert ApiToken.by_token(cast.olive.token) is None
        assert ApiToken.by_token(cast.max.token), "Max has a token of the same name"


def test_a_disabled_person_is_signed_out_of_the_page_too(
    olive: Browser, records: Records, cast: Cast
) -> None:
    records.write(lambda: disable(cast.olive.email))
    assert not is_signed_in(olive)


def disable(email: str) -> None:
    user = User.by_email(email)
    assert user is not None
    user.disable()
