"""API tokens on the account page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models import ApiToken, User
from app.models.api_token import MAX_TOKENS
from app.models.columns import now
from app.sockets import connecting
from app.sockets.credentials import CredentialUses
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.socket import Socket

NEW_TOKEN = re.compile(r"data-new-token>(midstream_[\w-]{43})<")


def test_a_token_is_shown_once_and_only_its_hash_is_stored(olive: Browser, app: Flask) -> None:
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


def test_the_page_shows_when_a_token_was_last_used(
    olive: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = CredentialUses()
    monkeypatch.setattr(connecting, "credential_uses", uses)
    made = olive.post("/account/tokens", form_on="/account", name="laptop")
    token = NEW_TOKEN.search(made.text)
    before = olive.open("/account").text
    assert token and "last used" not in before
    assert Socket(app, token[1]).is_connected
    with app.app_context():
        uses.store()
    page = olive.open("/account").text
    assert page.count("last used") == 1
    assert page.count("never used") == before.count("never used") - 1


def test_an_expired_token_is_refused(olive: Browser, app: Flask, database: Database) -> None:
    made = olive.post("/account/tokens", form_on="/account", name="laptop", days="30")
    token = NEW_TOKEN.search(made.text)
    assert token
    assert "expires " in olive.open("/account").text
    database.write(lambda: expire("laptop"))
    with app.app_context():
        assert ApiToken.by_token(token[1]) is None
    page = olive.open("/account").text
    assert "expired " in page and "expires " not in page


def test_nobody_can_have_any_number_of_tokens(
    olive: Browser, app: Flask, cast: Cast, database: Database
) -> None:
    database.write(lambda: create_tokens(cast.olive.email, MAX_TOKENS - 1))  # and `tests`
    refused = olive.post("/account/tokens", form_on="/account", name="one more")
    assert refused.status_code == 400 and "Revoke one first" in refused.text
    olive.post("/account/tokens/revoke", form_on="/account", name="tests")
    made = olive.post("/account/tokens", form_on="/account", name="one more")
    assert made.status_code == 201


def create_tokens(email: str, count: int) -> None:
    user = User.by_email(email)
    assert user is not None
    for number in range(count):
        ApiToken.create(user, f"No. {number}")


def expire(name: str) -> None:
    token = db.session.scalars(db.select(ApiToken).filter_by(name=name)).one()
    token.expires_at = now() - timedelta(seconds=1)


def test_a_name_can_be_used_again_after_its_token_is_revoked(olive: Browser) -> None:
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 201
    again = olive.post("/account/tokens", form_on="/account", name=" laptop ")
    assert again.status_code == 400 and "Revoke it first" in again.text
    olive.post("/account/tokens/revoke", form_on="/account", name="laptop")
    assert "laptop" not in olive.open("/account").text
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 201


@pytest.mark.parametrize(
    "fields", [{}, {"name": " "}, {"name": "x" * 101}, {"name": "a\0"}, {"name": "x", "days": "-1"}]
)
def test_an_invalid_token_form_creates_no_token(
    olive: Browser, database: Database, fields: dict[str, str]
) -> None:
    before = database.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))
    assert olive.post("/account/tokens", form_on="/account", **fields).status_code == 400
    assert before == database.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))


def test_only_the_users_own_token_is_revoked(olive: Browser, app: Flask, cast: Cast) -> None:
    olive.post("/account/tokens/revoke", form_on="/account", name="tests")
    with app.app_context():
        assert ApiToken.by_token(cast.olive.token) is None
        assert ApiToken.by_token(cast.max.token), "Max has a token of the same name"
