"""The picture of a person, which is shown in place of their initials."""

from __future__ import annotations

from contextvars import Context
from io import BytesIO

import pytest
from flask import Flask

from app.views.avatars import CHANGED, NO_PICTURE, REMOVED
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sample_files import picture


def send(browser: Browser, *uploads: tuple[bytes, str], **fields: str) -> str:
    """Send the form, and return what the page says then."""
    token = csrf_token(browser.open("/account").text)
    files = [(BytesIO(data), name) for data, name in uploads]
    form = {"csrf_token": token, "file": files, **fields}
    response = Context().run(browser.client.post, "/account/picture", data=form)
    assert response.location == "/account"
    return browser.open("/account").text


def avatar_of(harness: Harness, cast: Cast, conversation: str) -> str | None:
    """Return the id of Olive's picture, as a reader is told."""
    people = harness.reader(cast.max).ask("join", {"conversation": conversation})["people"]
    return next(each.get("avatar") for each in people if each["name"] == "Olive")


def test_a_picture_is_shown_to_members_until_it_is_removed(
    harness: Harness, app: Flask, cast: Cast, conversation: str, olive: Browser
) -> None:
    assert avatar_of(harness, cast, conversation) is None
    assert CHANGED in send(olive, (picture(), "me.png"))
    first = avatar_of(harness, cast, conversation)
    max = Browser(app).signed_in(cast.max)
    shown = max.open(f"/avatars/{first}")
    assert (shown.content_type, shown.data[:4]) == ("image/webp", b"RIFF")
    assert shown.headers["Content-Security-Policy"].endswith("sandbox")
    assert Browser(app).open(f"/avatars/{first}").status_code == 302, "nobody is signed in"
    assert CHANGED in send(olive, (picture("GIF"), "me.gif"))
    second = avatar_of(harness, cast, conversation)
    assert second not in (None, first)
    assert max.open(f"/avatars/{first}").status_code == 404
    assert f"/avatars/{second}" in olive.open("/account").text
    harness.answered(conversation, cast.max)
    here = f"/conversations/{conversation}"
    assert olive.open(f"{here}/seen?position=1").status_code == 204
    assert f'<img src="/avatars/{second}" alt="">' in max.open(here).text
    assert REMOVED in send(olive, remove="1")
    assert avatar_of(harness, cast, conversation) is None
    assert max.open("/avatars/x").status_code == 404


def test_what_is_no_picture_changes_nothing(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert NO_PICTURE in send(olive)
    assert "“a.txt” is no picture" in send(olive, (b"text", "a.txt"))
    monkeypatch.setattr("app.config.files.MEGABYTE", 200)
    assert "“big.png” is too large" in send(olive, (b"x" * 5000, "big.png"))
    assert avatar_of(harness, cast, conversation) is None
