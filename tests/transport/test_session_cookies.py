"""A session's id is of use only with the cookie of its handshake."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import socketio
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast

ENGINE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(autouse=True)
def no_tasks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no background tasks for sessions: they would go on in other tests."""
    for server in (socketio.server, socketio.server.eio):
        monkeypatch.setattr(server, "start_background_task", lambda *_: None)


def open_session(client: FlaskClient) -> str:
    """Open a session that polls, and return its address."""
    answer = client.get(ENGINE)
    assert answer.status_code == 200
    return f"{ENGINE}&sid={json.loads(answer.text[1:])['sid']}"


def signed_in(app: Flask, cast: Cast) -> FlaskClient:
    return Browser(app).signed_in(cast.olive).client


def test_other_browsers_can_neither_poll_nor_post(app: Flask, cast: Cast) -> None:
    olive = signed_in(app, cast)
    address = open_session(olive)
    assert olive.post(address, data="40/conversations,").status_code == 200
    others = [
        app.test_client(),
        Browser(app).signed_in(cast.eve).client,
        signed_in(app, cast),  # her other browser
    ]
    for other in others:
        assert other.get(address).status_code == 400
        assert other.post(address, data="1").status_code == 400
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
        path = address.replace("transport=polling", "transport=websocket")
        assert other.get(path, headers=upgrade).status_code == 400
    assert olive.get(address).text.startswith("40/conversations,"), "her session must go on"


def test_a_session_without_a_cookie_stays_without(app: Flask, cast: Cast) -> None:
    program = app.test_client()
    address = open_session(program)
    assert signed_in(app, cast).post(address, data="1").status_code == 400
    connect = "40/conversations," + json.dumps({"token": cast.max.token})
    assert program.post(address, data=connect).status_code == 200
    assert program.get(address).text.startswith("40/conversations,")


def test_after_signing_in_again_an_old_page_has_to_connect_again(app: Flask, cast: Cast) -> None:
    browser = Browser(app).signed_in(cast.olive)
    address = open_session(browser.client)
    browser.post("/login", form_on="/account", email=cast.olive.email, password=PASSWORD)
    assert browser.client.post(address, data="1").status_code == 400
    assert open_session(browser.client)


def test_engine_io_answers_carry_the_headers_of_pages(app: Flask) -> None:
    page = app.test_client().get("/login").headers
    names = {name for name, _ in page} - {"Set-Cookie", "Vary", "Content-Type", "Content-Length"}
    assert {"X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"} <= names
    for path in (ENGINE, f"{ENGINE}&sid=none", "/socket.io/?EIO=4", f"{ENGINE}&j=0"):
        headers = app.test_client().get(path).headers
        assert names <= {name for name, _ in headers}, path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert len(headers.getlist("Cache-Control")) == 1
