"""Deleting one's own account."""

from __future__ import annotations

import pytest
from flask import Flask

from app.extensions import db
from app.models import SignIn, User
from app.models.columns import now
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.views.account.conftest import is_signed_in

PAGE = "/account/delete"


@pytest.fixture
def not_fresh(olive: Browser, database: Database) -> None:
    """Olive has signed in a while ago."""
    database.age_sign_ins()


def test_it_takes_the_address_and_the_password(
    app: Flask, cast: Cast, olive: Browser, not_fresh: None, phone: Browser, conversation: str
) -> None:
    page = olive.open(PAGE).text
    assert f"/conversations/{conversation}/people" in page and "Tests" in page
    for fields in (
        {"email": cast.max.email, "current": PASSWORD},
        {"email": cast.olive.email, "current": "wrong"},
        {"email": cast.olive.email},
    ):
        assert olive.post(PAGE, form_on=PAGE, **fields).status_code == 400
    assert is_signed_in(olive) and is_signed_in(phone)
    done = olive.post(PAGE, form_on=PAGE, email=cast.olive.email.upper(), current=PASSWORD)
    assert done.location == "/login"
    assert "Your account is deleted." in olive.open("/login").text
    assert not is_signed_in(phone)
    again = Browser(app).post("/login", form_on="/login", email=cast.olive.email, password=PASSWORD)
    assert again.status_code == 422
    max_ = Browser(app).signed_in(cast.max)
    assert "Former member" not in max_.open(f"/conversations/{conversation}/people").text
    assert max_.post(f"/conversations/{conversation}/rename", title="Mine").status_code == 302


def test_a_fresh_sign_in_takes_no_password_and_the_last_administrator_stays(
    cast: Cast, olive: Browser, database: Database
) -> None:
    admin = db.update(User).filter_by(email=cast.olive.email).values(is_admin=True)
    database.write(lambda: db.session.execute(admin))
    refused = olive.post(PAGE, form_on=PAGE, email=cast.olive.email)
    assert refused.status_code == 409 and "The last administrator" in refused.text
    for person in database.read(lambda: db.session.scalars(db.select(User.id)).all()):
        everybody = db.update(User).filter_by(id=person).values(is_admin=True)
        database.write(lambda change=everybody: db.session.execute(change))
    assert olive.post(PAGE, form_on=PAGE, email=cast.olive.email).location == "/login"


def test_without_a_password_it_takes_a_fresh_sign_in(
    cast: Cast, olive: Browser, not_fresh: None, database: Database
) -> None:
    database.write(
        lambda: db.session.execute(db.text("UPDATE user_account SET password_hash = ''"))
    )
    assert "sign out and in again" in olive.open(PAGE).text
    assert olive.post(PAGE, form_on=PAGE, email=cast.olive.email).status_code == 400
    answer = olive.post("/account/password", form_on="/account", new="long enough for that")
    assert answer.status_code == 400
    fresh = db.update(SignIn).values(created_at=now())
    database.write(lambda: db.session.execute(fresh))
    answer = olive.post("/account/password", form_on="/account", new="long enough for that")
    assert answer.location == "/account/security"
    assert olive.post(PAGE, form_on=PAGE, email=cast.olive.email).location == "/login"


def test_more_than_a_page_of_conversations_is_said_to_be(
    cast: Cast, olive: Browser, database: Database
) -> None:
    for _ in range(21):
        database.conversation(cast.olive, cast.max)
    assert "And there are more." in olive.open(PAGE).text
