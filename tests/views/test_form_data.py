"""Forms are decoded within bounds, whatever they consist of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.views.form_data import MOST_FIELDS, SHORT_BYTES
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import csrf_token

URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
NAMELESS = b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"


def fields(count: int) -> bytes:
    return b"&".join(b"%d=x" % number for number in range(count))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (NAMELESS, MULTIPART, 400),
        (fields(MOST_FIELDS), URL_ENCODED, 400),  # it has no token
        (fields(MOST_FIELDS + 1), URL_ENCODED, 413),
        (fields(60_000), URL_ENCODED, 413),
        (b"name=" + b"%ff" * 300_000, URL_ENCODED, 400),
        (b"name=" + b"%" * 900_000, URL_ENCODED, 400),
        (b"a" * 1_000_001, URL_ENCODED, 413),
        (b"\xff=\xfe&" * 10_000, URL_ENCODED, 400),
        (b"--x", MULTIPART, 400),
        (b"a=b", "multipart/form-data", 400),
    ],
)
@pytest.mark.parametrize("path", ["/login", "/account"])
def test_an_unusual_form_is_refused(
    app: Flask, cast: Cast, path: str, body: bytes, kind: str, status: int
) -> None:
    olive = Browser(app).signed_in(cast.olive)
    assert olive.client.post(path, data=body, content_type=kind).status_code == status
    assert "Olive" in olive.open("/account").text


@pytest.mark.parametrize("length", [1, SHORT_BYTES])
def test_only_a_long_form_is_decoded_beside_the_event_loop(
    app: Flask, cast: Cast, conversation: str, length: int
) -> None:
    offloaded = []

    def offload(function: Callable[[], Any]) -> Any:
        offloaded.append(function)
        return function()

    olive = Browser(app).signed_in(cast.olive)
    token = csrf_token(olive.open("/account").text)
    app.extensions["background"].offload = offload
    path, content = f"/conversations/{conversation}/messages", "a" * length
    assert olive.post_bare(path, csrf_token=token, content=content).status_code == 302
    assert Database(app).messages(conversation)[0].content == content
    assert bool(offloaded) == (length == SHORT_BYTES)


@pytest.mark.parametrize("host", ["a..b", "...", "a" * 64])
@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/nothing"])
def test_a_host_that_has_no_addresses_gets_a_sentence(app: Flask, host: str, path: str) -> None:
    answer = app.test_client().get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.text == "That request is not valid."
