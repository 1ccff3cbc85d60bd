"""Whatever a field of a form or an address holds: it is no error of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.auth import rate_limits
from app.extensions import db
from app.models import User
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.views.test_csrf import posts

FIELDS = (
    *("before", "archived", "code", "content", "current", "days", "deleted", "edit", "email", "id"),
    *("key", "model", "name", "new", "next", "password", "person", "q", "role", "save", "theme"),
    *("title", "uses", "version", "who", "asking", "assistant", "description", "shared", "to"),
    *("endpoint", "p256dh", "auth", "server_key", "shows_text"),
    *("format", "file"),
    *("text", "kind", "until", "since", "tried", "pinned", "page"),
    *("api_key", "base_url", "context_window", "effort", "fallback", "label"),
    *(
        "limit",
        "audience",
        "people",
        "price_read",
        "price_written",
        "picture",
        "files",
        "remove",
        "sees",
        "system_prompt",
        "temperature",
        "credential",
    ),
)
ODD = [
    *("", " ", "0", "-1", "1.5", "1e400", "NaN", "true", "null", "9" * 30, "1_000", "\u0661"),
    *("a\0b", "\0", "\r\n", "\u2028", "\u202e", "\u200b", "\ufeff", "e" + "\u0301" * 300),
    *("👩‍👩‍👧‍👦" * 50, "x" * 5_000, "%00", "'; --", "//evil.example", "{{7*7}}", "../../x", '""'),
    "2026-11-27T00:00:00+00:00~" + "9" * 16,
]
ENDS = ("/logout", "/account/sign-out")  # after these, and a deletion, nothing else is found
LARGEST_INTEGER = 2**63 - 1


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is refused because there were others."""
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)


@pytest.fixture
def refused_values(app: Flask) -> Iterator[list[Any]]:
    """What statements hold that PostgreSQL refuses, though SQLite does not."""
    found: list[Any] = []

    def look(_connection: Any, _cursor: Any, _text: str, parameters: Any, *_: Any) -> None:
        rows = parameters if isinstance(parameters, list) else [parameters]
        found.extend(value for row in rows for value in values_of(row) if is_refused(value))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", look)
    yield found
    event.remove(engine, "before_cursor_execute", look)


def values_of(row: Any) -> Any:
    return row.values() if isinstance(row, Mapping) else row


def is_refused(value: Any) -> bool:
    is_too_large = isinstance(value, int) and abs(value) > LARGEST_INTEGER
    return is_too_large or (isinstance(value, str) and "\0" in value)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd[:12]))
def test_no_form_is_an_error_of_the_server(
    app: Flask,
    harness: Harness,
    cast: Cast,
    conversation: str,
    odd: str,
    refused_values: list[Any],
) -> None:
    key = harness.user(cast.olive)
    harness.database.write(lambda: db.session.get_one(User, key).set_admin(True))
    olive = Browser(app).signed_in(cast.olive)
    token = csrf_token(olive.open("/account").text)
    for address in posts(app, conversation):
        if address in ENDS or address.endswith("/delete"):
            continue
        fields = dict.fromkeys(FIELDS, odd) | {"csrf_token": token}
        assert olive.post_bare(address, **fields).status_code < 500, address
    assert refused_values == []
    assert csrf_token(olive.open("/account").text), "precondition: nothing has ended the sign-in"


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd[:12]))
def test_no_address_is_an_error_of_the_server(
    app: Flask, cast: Cast, conversation: str, odd: str, refused_values: list[Any]
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    for address in ("/conversations", f"/conversations/{conversation}", "/login"):
        for field in ("archived", "before", "deleted", "edit", "next", "q", "version"):
            query = {field: odd[:5_000]}
            assert olive.open(address, query_string=query).status_code < 500, (address, field)
    assert refused_values == []
