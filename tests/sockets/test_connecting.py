"""Which connections are accepted, refused, and closed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIOTestClient

from app.auth.identity import SIGN_IN
from app.config import current_config
from app.events import emit, rooms
from app.events.rooms import NAMESPACE
from app.extensions import db, socketio
from app.models import ApiToken, SignIn
from app.models.columns import now
from app.sockets import connecting
from app.sockets.control_events import ControlEventHandler
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


def test_a_process_whose_readers_are_sent_away_takes_no_more(harness: Harness, cast: Cast) -> None:
    harness.runtime.refuses_sockets = True
    assert not harness.reader(cast.olive).is_connected


@pytest.mark.parametrize(
    "token", ["", "midstream_wrong", "\ud800", "a\0b", "x" * 100_000, 7, None, ["a"], {"a": "b"}]
)
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


def test_revoking_a_token_closes_only_its_connections(harness: Harness, cast: Cast) -> None:
    rex, olive = harness.reader(cast.rex), harness.reader(cast.olive)
    control_events = ControlEventHandler()
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
    control_events = ControlEventHandler()
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


def test_a_failure_during_the_connect_is_logged_and_refused(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_environ: object) -> None:
        raise OSError("the disk has gone")

    monkeypatch.setattr(connecting, "remember", fail)
    assert not harness.reader(cast.olive).is_connected
    assert "could not be accepted" in caplog.text


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_reader_can_not_send_the_servers_own_events(
    harness: Harness, cast: Cast, event: str
) -> None:
    eve = harness.reader(cast.eve)
    namespace = emit.socketio.server.namespace_handlers[rooms.NAMESPACE]
    ack = namespace.trigger_event(event, eve.sid, {"token": cast.max.token})
    assert ack["error"] == "invalid"
    assert eve.ask("conversations", {})["ok"]


def test_a_user_with_too_many_sockets_is_refused(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_many = current_config().max_connections_per_user + 1
    monkeypatch.setattr(connecting.rooms, "count", lambda room: too_many)
    assert not Socket(harness.app, cast.max.token).is_connected


def connect(app: Flask, **auth: Any) -> SocketIOTestClient:
    return socketio.test_client(app, namespace=NAMESPACE, auth=auth)


@pytest.mark.parametrize("protocol", [{}, {"protocol": 1}, {"protocol": "1"}])
def test_protocol_1_is_accepted_and_the_default(
    app: Flask, cast: Cast, protocol: dict[str, Any]
) -> None:
    client = connect(app, token=cast.olive.token, **protocol)
    assert client.is_connected(NAMESPACE)
    client.disconnect(NAMESPACE)


@pytest.mark.parametrize("protocol", [2, 0, "2", "", None, True, 1.5, [1]])
def test_an_unsupported_protocol_is_refused(app: Flask, cast: Cast, protocol: Any) -> None:
    client = connect(app, token=cast.olive.token, protocol=protocol)
    assert not client.is_connected(NAMESPACE)
