"""Which connections are accepted, refused, and closed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.auth.identity import SIGN_IN
from app.extensions import db
from app.models import ApiToken, SignIn
from app.models.columns import now
from app.sockets import connecting
from app.sockets.control_events import ControlEvents
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket

End = Callable[[ApiToken], object]


def change(harness: Harness, person: Person, work: End) -> None:
    """Change the token of a person."""

    def find_and_work() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None, "precondition: the token is valid"
        work(token)

    harness.database.write(find_and_work)


def expire(token: ApiToken) -> None:
    token.expires_at = now() - timedelta(seconds=1)


def disable(token: ApiToken) -> None:
    token.user.disabled_at = now()


def test_a_valid_token_connects(harness: Harness, cast: Cast) -> None:
    assert harness.reader(cast.olive).is_connected


@pytest.mark.parametrize("token", ["", "midstream_wrong", 7, None, ["a"], {"a": "b"}])
def test_an_invalid_token_is_refused(app: Flask, cast: Cast, token: object) -> None:
    assert not Socket(app, token).is_connected


@pytest.mark.parametrize("end", [ApiToken.revoke, expire, disable])
def test_a_token_that_is_no_longer_valid_is_refused(harness: Harness, cast: Cast, end: End) -> None:
    change(harness, cast.rex, end)
    assert not harness.reader(cast.rex).is_connected


def test_a_sign_in_cookie_connects(harness: Harness, cast: Cast) -> None:
    user_id = harness.user(cast.olive)
    browser = harness.app.test_client()
    with browser.session_transaction() as session:
        session[SIGN_IN] = harness.database.write(lambda: SignIn.begin(user_id))
    socket = Socket(harness.app, browser=browser)
    assert socket.is_connected
    assert socket.ask("conversations")["ok"]


def test_an_invalid_cookie_is_refused(app: Flask) -> None:
    browser = app.test_client()
    with browser.session_transaction() as session:
        session[SIGN_IN] = "never issued"
    assert not Socket(app, browser=browser).is_connected


def test_a_credential_is_checked_on_every_event(harness: Harness, cast: Cast) -> None:
    rex = harness.reader(cast.rex)
    assert rex.ask("conversations")["ok"]

    change(harness, cast.rex, expire)

    ack = rex.ask("conversations")
    assert (ack["ok"], ack["error"]) == (False, "unauthorized")


def test_revoking_a_token_closes_only_its_connections(harness: Harness, cast: Cast) -> None:
    rex, olive = harness.reader(cast.rex), harness.reader(cast.olive)
    control_events = ControlEvents()
    control_events.handle_new()
    assert rex.is_connected

    change(harness, cast.rex, ApiToken.revoke)
    control_events.handle_new()

    assert not rex.is_connected
    assert olive.is_connected


def test_signing_out_closes_only_the_connections_of_that_browser(
    harness: Harness, cast: Cast
) -> None:
    user_id = harness.user(cast.olive)
    browser = harness.app.test_client()
    key = harness.database.write(lambda: SignIn.begin(user_id))
    with browser.session_transaction() as session:
        session[SIGN_IN] = key
    here, elsewhere = Socket(harness.app, browser=browser), harness.reader(cast.olive)
    control_events = ControlEvents()
    control_events.handle_new()

    harness.database.write(lambda: _sign_in(key).end())
    control_events.handle_new()

    assert not here.is_connected
    assert elsewhere.is_connected


def _sign_in(key: str) -> SignIn:
    sign_in = SignIn.by_key(key)
    assert sign_in is not None
    db.session.flush()
    return sign_in


def test_where_the_database_fails_the_caller_hears_of_it(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("the disk has gone")

    monkeypatch.setattr(connecting, "credential", fail)
    assert not harness.reader(cast.olive).is_connected
    assert "could not be accepted" in caplog.text
