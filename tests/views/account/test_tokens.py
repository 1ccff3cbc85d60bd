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
from app.views.tokens import NAME_TAKEN
from tests.support.browser import Browser, inside
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.socket import Socket

NEW_TOKEN = re.compile(r"data-new-token>(midstream_[\w-]{43})<")


def test_a_token_is_shown_once_and_only_its_hash_is_stored(olive: Browser, app: Flask) -> None:
    made = olive.post("/account/tokens", form_on="/account", name="laptop", days="30")
    assert (made.status_code, made.location) == (303, "/account/tokens")
    shown = olive.open("/account/tokens")
    assert shown.headers["Cache-Control"] == "no-store"
    token = NEW_TOKEN.search(shown.text)
    assert token
    with app.app_context():
        found = ApiToken.by_token(token[1])
        assert found and found.user.name == "Olive" and found.expires_at
        assert timedelta(days=29) < found.expires_at - now() <= timedelta(days=30)
    page = olive.open("/account/tokens").text
    assert token[1] not in page
    assert f"{token[1][:14]}…" in page and "laptop" in page and "never used" in page
    assert "expires" in page and "expired" not in page


def test_the_page_shows_when_a_token_was_last_used(
    olive: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = CredentialUses()
    monkeypatch.setattr(connecting, "credential_uses", uses)
    olive.post("/account/tokens", form_on="/account", name="laptop")
    shown = olive.open("/account/tokens")
    token = NEW_TOKEN.search(shown.text)
    before = olive.open("/account/tokens").text
    assert token and "last used" not in before
    assert Socket(app, token[1]).is_connected
    with app.app_context():
        uses.store()
    page = olive.open("/account/tokens").text
    assert page.count("last used") == 1
    assert page.count("never used") == before.count("never used") - 1


def test_an_expired_token_is_refused(olive: Browser, app: Flask, database: Database) -> None:
    olive.post("/account/tokens", form_on="/account", name="laptop", days="30")
    shown = olive.open("/account/tokens")
    token = NEW_TOKEN.search(shown.text)
    assert token
    assert "expires " in olive.open("/account/tokens").text
    database.write(lambda: expire("laptop"))
    with app.app_context():
        assert ApiToken.by_token(token[1]) is None
    page = olive.open("/account/tokens").text
    assert "expired " in page and "expires " not in page


def test_nobody_can_have_any_number_of_tokens(
    olive: Browser, app: Flask, cast: Cast, database: Database
) -> None:
    database.write(lambda: create_tokens(cast.olive.email, MAX_TOKENS - 1))  # and `tests`
    refused = olive.post("/account/tokens", form_on="/account", name="one more")
    assert refused.status_code == 400 and "Revoke one first" in refused.text
    olive.post("/account/tokens/revoke", form_on="/account", name="tests")
    made = olive.post("/account/tokens", form_on="/account", name="one more")
    assert made.status_code == 303


def create_tokens(email: str, count: int) -> None:
    user = User.by_email(email)
    assert user is not None
    for number in range(count):
        ApiToken.create(user, f"No. {number}")


def expire(name: str) -> None:
    token = db.session.scalars(db.select(ApiToken).filter_by(name=name)).one()
    token.expires_at = now() - timedelta(seconds=1)


def test_a_name_can_be_used_again_after_its_token_is_revoked(olive: Browser) -> None:
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 303
    again = olive.post("/account/tokens", form_on="/account", name=" laptop ")
    assert again.status_code == 400 and "Revoke it first" in again.text
    olive.post("/account/tokens/revoke", form_on="/account", name="laptop")
    assert "laptop" not in olive.open("/account/tokens").text
    assert olive.post("/account/tokens", form_on="/account", name="laptop").status_code == 303


@pytest.mark.parametrize(
    "fields", [{}, {"name": " "}, {"name": "x" * 101}, {"name": "a\0"}, {"name": "x", "days": "-1"}]
)
def test_an_invalid_token_form_creates_no_token(
    olive: Browser, database: Database, fields: dict[str, str]
) -> None:
    before = database.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))
    assert olive.post("/account/tokens", form_on="/account", **fields).status_code == 400
    assert before == database.read(lambda: len(db.session.scalars(db.select(ApiToken)).all()))


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_it(
    olive: Browser,
) -> None:
    for days in ("365", "0"):
        page = olive.post("/account/tokens", form_on="/account", name="tests", days=days).text
        assert inside(page, "field-problem") == NAME_TAKEN
        assert re.search(r'value="tests" [^>]*name="name" aria-invalid="true"', page)
        assert f'<option value="{days}" selected>' in page
    page = olive.post("/account/tokens", form_on="/account", name="new", days="-1").text
    assert 'id="problem-days"' in page and 'value="new"' in page


def test_addresses_of_forms_lead_to_their_pages(olive: Browser) -> None:
    for path, page in (("password", "security"), ("tokens/revoke", "tokens")):
        assert olive.open(f"/account/{path}").location == f"/account/{page}"


def test_only_the_users_own_token_is_revoked(olive: Browser, app: Flask, cast: Cast) -> None:
    olive.post("/account/tokens/revoke", form_on="/account", name="tests")
    with app.app_context():
        assert ApiToken.by_token(cast.olive.token) is None
        assert ApiToken.by_token(cast.max.token), "Max has a token of the same name"
