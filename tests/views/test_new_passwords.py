"""A new password by a link, which is mailed or printed."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest

from app.models import Link
from app.models.link import Purpose
from app.views.passwords import CHANGED
from tests.support.browser import Browser, without_the_new
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.database import Database
from tests.support.harness import Harness
from tests.views.test_registering import (  # noqa: F401
    ADDRESS,
    SERVER,
    Mails,
    at,
    mails,
    with_cast,
)

NEW = "a new one, long enough"


def reset_link(harness: Harness, person: Person) -> str:
    user_id = harness.user(person)
    create = lambda: Link.create(Purpose.RESET, timedelta(days=1), user_id=user_id)  # noqa: E731
    return harness.database.write(create)


def test_a_link_lets_its_holder_choose_a_password_once(harness: Harness, cast: Cast) -> None:
    secret = reset_link(harness, cast.olive)
    elsewhere = Browser(harness.app).signed_in(cast.olive)
    browser = Browser(harness.app)
    assert browser.post("/link", form_on="/link", code=secret).location == "/password/new"
    refused = browser.post("/password/new", form_on="/password/new", new="short")
    assert refused.status_code == 400 and "8 to 1,000" in refused.text
    assert browser.post("/password/new", form_on="/password/new", new=NEW).location == "/login"
    assert CHANGED in browser.open("/login").text
    assert elsewhere.open("/account").location.startswith("/login"), "signed out everywhere"
    assert browser.open("/password/new").status_code == 404
    assert browser.post("/link", form_on="/link", code=secret).status_code == 404
    for password, status in ((PASSWORD, 422), (NEW, 302)):
        fields = {"email": cast.olive.email, "password": password}
        assert browser.post("/login", form_on="/login", **fields).status_code == status


def test_nobody_else_comes_to_the_form(harness: Harness, cast: Cast) -> None:
    browser = Browser(harness.app)
    assert browser.open("/password/new").status_code == 404
    assert browser.post("/password/new", form_on="/login", new=NEW).status_code == 404


def test_a_password_that_was_changed_ends_the_links(harness: Harness, cast: Cast) -> None:
    secret = reset_link(harness, cast.olive)
    olive = Browser(harness.app).signed_in(cast.olive)
    olive.post("/account/password", form_on="/account/security", current=PASSWORD, new=NEW)
    assert olive.post("/link", form_on="/link", code=secret).status_code == 404


def test_a_link_is_mailed_to_whoever_has_an_account(
    database_url: str,
    mails: Mails,  # noqa: F811
) -> None:
    browser = at(database_url, mail=SERVER, public_url="https://chat.example.org")
    cast = with_cast(browser)
    bot = Database(browser.app).bot("Rita")
    assert "Forgot your password?" in browser.open("/login").text
    pages = [
        browser.post("/password/forgotten", form_on="/password/forgotten", email=email)
        for email in (cast.olive.email, "nobody@example.org", bot.email)
    ]
    assert len({ADDRESS.sub("", without_the_new(page.text)) for page in pages}) == 1
    [(to, values)] = mails
    assert to == cast.olive.email
    assert values["link"].startswith("https://chat.example.org/link#midstream_link_")
    refused = browser.post("/password/forgotten", form_on="/password/forgotten", email="x")
    assert refused.status_code == 400 and "like max@example.org" in unescape(refused.text)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_mail_there_is_no_such_form(nobody: Browser, cast: Cast, method: str) -> None:
    assert "Forgot your password?" not in nobody.open("/login").text
    if method == "GET":
        assert nobody.open("/password/forgotten").status_code == 404
    else:
        page = nobody.post("/password/forgotten", form_on="/login", email="x")
        assert page.status_code == 404
