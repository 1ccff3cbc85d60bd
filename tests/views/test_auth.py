"""Signing in and out."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.auth.identity import SIGN_IN
from app.extensions import db
from app.models import SignIn
from app.models.columns import now
from tests.support.browser import Browser, without_the_new
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.database import Database

HOME = "/conversations"


def sign_in(
    browser: Browser, person: Person, password: str = PASSWORD, where: str = "/login"
) -> TestResponse:
    """Fill in the form and send it."""
    fields = {"email": person.email, "password": password}
    return browser.post(where, form_on="/login", **fields)


def test_the_right_password_signs_in(nobody: Browser, cast: Cast) -> None:
    assert nobody.open(HOME).status_code == 302
    answer = sign_in(nobody, cast.olive)
    assert (answer.status_code, answer.location) == (302, HOME)
    assert "Olive" in nobody.open(HOME).text


def test_a_wrong_password_and_an_unknown_address_look_the_same(nobody: Browser, cast: Cast) -> None:
    wrong = sign_in(nobody, cast.olive, "not hers")
    unknown = sign_in(nobody, Person("Nobody", ""))
    assert wrong.status_code == unknown.status_code == 422
    assert without_what_was_typed(wrong, "olive") == without_what_was_typed(unknown, "nobody")
    assert nobody.open(HOME).status_code == 302


def without_what_was_typed(answer: TestResponse, name: str) -> str:
    return without_the_new(answer.text).replace(f"{name}@example.org", "")


def test_who_is_disabled_looks_unknown(nobody: Browser, cast: Cast, database: Database) -> None:
    user = db.update(SignIn.user.mapper.class_).filter_by(email=cast.rex.email)
    database.write(lambda: db.session.execute(user.values(disabled_at=now())))
    assert sign_in(nobody, cast.rex).status_code == 422


def test_signing_in_begins_a_session_of_its_own(
    nobody: Browser, cast: Cast, database: Database
) -> None:
    with nobody.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(nobody, cast.olive)
    with nobody.client.session_transaction() as session:
        assert "planted" not in session
        assert SIGN_IN in session


def test_signing_out_ends_the_row_whatever_becomes_of_the_cookie(
    olive: Browser, database: Database
) -> None:
    cookie = olive.client.get_cookie("midstream")
    assert cookie is not None and "Olive" in olive.open(HOME).text

    answer = olive.post("/logout")

    assert (answer.status_code, answer.location) == (302, "/login")
    assert database.read(lambda: db.session.scalars(select(SignIn.ended_at)).one()) is not None
    olive.client.set_cookie("midstream", cookie.value)
    assert olive.open(HOME).status_code == 302


def test_signing_out_takes_a_post(olive: Browser) -> None:
    assert olive.open("/logout").status_code == 405
    assert "Olive" in olive.open(HOME).text


def test_the_way_in_leads_to_the_list(olive: Browser) -> None:
    assert olive.open("/").location == HOME


def test_who_is_signed_in_need_not_do_it_again(olive: Browser) -> None:
    assert olive.open("/login").location == HOME


@pytest.mark.parametrize("path", ["/conversations/x?before=3", "/conversations", "/"])
def test_who_has_to_sign_in_is_led_on_to_where_they_wanted(
    nobody: Browser, cast: Cast, path: str
) -> None:
    refused = nobody.open(path)
    assert refused.location.startswith("/login?next=")
    assert sign_in(nobody, cast.olive, where=refused.location).location == path


@pytest.mark.parametrize(
    "wish",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\\/evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "http:///evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\x00/evil.example",
        "conversations",
        "",
    ],
)
def test_nobody_is_led_to_strangers(olive: Browser, wish: str) -> None:
    assert olive.open("/login", query_string={"next": wish}).location == HOME


def test_after_signing_in_neither(nobody: Browser, cast: Cast) -> None:
    answer = sign_in(nobody, cast.olive, where="/login?next=%2F%5Cevil.example")
    assert answer.location == HOME


def test_the_cookie_is_kept_from_scripts_and_strangers(nobody: Browser, cast: Cast) -> None:
    cookie = sign_in(nobody, cast.olive).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
