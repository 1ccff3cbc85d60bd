"""Each page that is asked for is one line, without what is secret in its address."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.views.request_log import SHOWN, VALUE
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.log_lines import logged


def request_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """Return what requests were logged with, except for the time."""
    lines = logged(caplog, "request")
    assert all(line.pop("ms") >= 0 for line in lines)  # type: ignore[operator]
    return lines


@pytest.fixture(autouse=True)
def all_lines(caplog: pytest.LogCaptureFixture) -> None:
    """Log what is done, too."""
    caplog.set_level(logging.INFO, "app")


def test_a_page_is_one_line_with_its_user(
    app: Flask, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    caplog.clear()
    olive.open(f"/conversations/{conversation}?q=a-secret")
    (line,) = request_lines(caplog)
    assert isinstance(line.pop("user"), int)
    assert line == {"method": "GET", "path": f"/conversations/{conversation}", "status": 200}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/share/a-secret", "/share/<secret>"),
        ("/unsubscribe/a-secret", "/unsubscribe/<token>"),
        ("/shares/a-secret", "(no page)"),
        ("/static/v-a-secret/none.js", "/static/v-a-secret/none.js"),
    ],
)
def test_a_secret_in_an_address_is_not_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str, shown: str
) -> None:
    client.get(path)
    (line,) = request_lines(caplog)
    assert line["path"] == shown and "user" not in line
    assert "secret" not in caplog.text


def test_health_is_logged_only_where_it_is_bad(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/healthz")
    client.get("/readyz")
    assert request_lines(caplog) == []
    runtime = client.application.extensions["runtime"]
    monkeypatch.setattr(runtime.group_commit, "stalled_seconds", lambda: 60.0)
    client.get("/readyz")
    assert [line["status"] for line in request_lines(caplog)] == [503]


def test_all_values_of_addresses_are_shown_or_secret(app: Flask) -> None:
    names = {name for rule in app.url_map.iter_rules() for name in VALUE.findall(rule.rule)}
    assert names >= SHOWN, "some are gone"
    assert names - SHOWN == {"name", "secret", "token"}, "is it a secret? Decide in request_log.py"
