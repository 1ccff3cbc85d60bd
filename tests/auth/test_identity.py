"""The credential is checked again on every request."""

from __future__ import annotations

import pytest
from flask import Flask, session
from flask_login import current_user

from app.auth.identity import API_TOKEN, SIGN_IN, credential
from app.extensions import db
from app.models import ApiToken, SignIn
from tests.support.cast import Cast
from tests.support.database import Database


@pytest.fixture
def key(database: Database, cast: Cast) -> str:
    """The key in Olive's cookie."""
    return database.write(lambda: SignIn.begin(ApiToken.by_token(cast.olive.token).user.id))


def test_there_is_no_credential_outside_a_request(app: Flask) -> None:
    with app.app_context():
        assert credential() is None


def test_a_request_without_a_credential_is_anonymous(app: Flask, cast: Cast) -> None:
    with app.test_request_context():
        assert credential() is None
        assert not current_user.is_authenticated


def test_a_cookie_identifies_a_sign_in(app: Flask, key: str) -> None:
    with app.test_request_context():
        session[SIGN_IN] = key
        assert isinstance(credential(), SignIn)
        assert current_user.name == "Olive"


def test_a_token_takes_precedence_over_a_cookie(app: Flask, cast: Cast, key: str) -> None:
    with app.test_request_context(environ_overrides={API_TOKEN: cast.max.token}):
        session[SIGN_IN] = key
        assert isinstance(credential(), ApiToken)
        assert current_user.name == "Max"


def test_an_invalid_token_is_refused_despite_a_valid_cookie(
    app: Flask, cast: Cast, key: str
) -> None:
    with app.test_request_context(environ_overrides={API_TOKEN: "midstream_wrong"}):
        session[SIGN_IN] = key
        assert credential() is None
        assert not current_user.is_authenticated


def test_a_token_in_an_http_header_is_ignored(app: Flask, cast: Cast) -> None:
    headers = {"midstream.api_token": cast.olive.token, "Authorization": cast.olive.token}
    with app.test_request_context(headers=headers):
        assert credential() is None


def test_an_ended_sign_in_is_anonymous_on_the_next_request(app: Flask, key: str) -> None:
    for expected in (True, False):
        with app.test_request_context():
            session[SIGN_IN] = key
            assert current_user.is_authenticated is expected
            if expected:
                credential().end()
                db.session.commit()
