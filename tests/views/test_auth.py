"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.auth.identity import SIGN_IN
from app.extensions import db
from app.models import SignIn
from app.models.columns import now
from app.models.sign_in import SIGN_IN_LIFETIME
from app.models.user import DISABLED
from tests.support.browser import Browser, without_the_new
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.database import Database

HOME = "/conversations"


def sign_in(
    browser: Browser, person: Person, password: str = PASSWORD, where: str = "/login"
) -> TestResponse:
    """Fill in the sign-in form and send it."""
    fields = {"email": person.email, "password": password}
    return browser.post(where, form_on="/login", **fields)


def test_the_right_password_signs_in(nobody: Browser, cast: Cast) -> None:
    assert nobody.open(HOME).status_code == 302
    answer = sign_in(nobody, cast.olive)
    assert (answer.status_code, answer.location) == (302, HOME)
    assert "Olive" in nobody.open(HOME).text


def test_a_wrong_password_and_an_unknown_address_get_the_same_response(
    nobody: Browser, cast: Cast
) -> None:
    wrong = sign_in(nobody, cast.olive, "not hers")
    unknown = sign_in(nobody, Person("Nobody", ""))
    assert wrong.status_code == unknown.status_code == 422
    assert without_typed_text(wrong, "olive") == without_typed_text(unknown, "nobody")
    assert nobody.open(HOME).status_code == 302


def without_typed_text(answer: TestResponse, name: str) -> str:
    return without_the_new(answer.text).replace(f"{name}@example.org", "")


def test_a_disabled_user_is_refused(nobody: Browser, cast: Cast, database: Database) -> None:
    user = db.update(SignIn.user.mapper.class_).filter_by(email=cast.rex.email)
    database.write(lambda: db.session.execute(user.values(disabled_at=now())))
    refused = sign_in(nobody, cast.rex)
    assert (refused.status_code, DISABLED in refused.text) == (403, True)


def test_signing_in_starts_a_new_session(nobody: Browser, cast: Cast, database: Database) -> None:
    with nobody.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(nobody, cast.olive)
    with nobody.client.session_transaction() as session:
        assert "planted" not in session
        assert SIGN_IN in session


def test_a_cookie_is_useless_after_signing_out(olive: Browser, database: Database) -> None:
    cookie = olive.client.get_cookie("midstream")
    assert cookie is not None and "Olive" in olive.open(HOME).text

    answer = olive.post("/logout")

    assert (answer.status_code, answer.location) == (302, "/login")
    assert database.read(lambda: db.session.scalars(select(SignIn.ended_at)).one()) is not None
    olive.client.set_cookie("midstream", cookie.value)
    assert olive.open(HOME).status_code == 302


def test_the_root_redirects_to_the_list(olive: Browser) -> None:
    assert olive.open("/").location == HOME


def test_the_sign_in_page_redirects_a_signed_in_user(olive: Browser) -> None:
    assert olive.open("/login").location == HOME


@pytest.mark.parametrize("path", ["/conversations/x?before=3", "/conversations", "/"])
def test_signing_in_redirects_to_the_page_that_asked_for_it(
    nobody: Browser, cast: Cast, path: str
) -> None:
    refused = nobody.open(path)
    assert refused.location.startswith("/login?next=")
    assert sign_in(nobody, cast.olive, where=refused.location).location == path


@pytest.mark.parametrize(
    "path",
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
def test_next_never_redirects_to_another_site(olive: Browser, path: str) -> None:
    assert olive.open("/login", query_string={"next": path}).location == HOME


def test_signing_in_never_redirects_to_another_site(nobody: Browser, cast: Cast) -> None:
    answer = sign_in(nobody, cast.olive, where="/login?next=%2F%5Cevil.example")
    assert answer.location == HOME


def test_the_cookie_lasts_as_long_as_the_sign_in(nobody: Browser, cast: Cast) -> None:
    sign_in(nobody, cast.olive)
    cookie = nobody.client.get_cookie("midstream")
    assert cookie and cookie.expires
    assert abs(cookie.expires - now() - SIGN_IN_LIFETIME) < timedelta(minutes=1)


def test_the_cookie_is_http_only_and_same_site(nobody: Browser, cast: Cast) -> None:
    cookies = sign_in(nobody, cast.olive).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"midstream", "midstream-device"}
    for cookie in cookies:
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
