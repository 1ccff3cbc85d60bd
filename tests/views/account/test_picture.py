"""The picture of a person, and of an assistant, which is shown in place of initials."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Context
from html import unescape
from io import BytesIO

import pytest
from flask import Flask

from app.providers import Text
from app.views.avatars import CHANGED, NO_PICTURE, REMOVED
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sample_files import large_picture, pdf, picture


def send(
    browser: Browser, *uploads: tuple[bytes, str], page: str = "/account", **fields: str
) -> str:
    """Send the form of a page, and return the page that is shown then."""
    token = csrf_token(browser.open(page).text)
    files = [(BytesIO(data), name) for data, name in uploads]
    form = {"csrf_token": token, "file": files, **fields}
    response = Context().run(browser.client.post, f"{page}/picture", data=form)
    if response.status_code != 302:
        return response.text
    assert response.location == page
    return browser.open(page).text


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


def assistant_of(browser: Browser) -> str:
    """Make an assistant, which everybody may use; return the address of its page."""
    browser.post("/assistants", name="Poet", picture="🦉", shared="yes")
    [public_id] = re.findall(r'name="assistant" value="(\w{32})"', browser.open("/assistants").text)
    return f"/assistants/{public_id}"


def shown_on(page: str) -> list[str]:
    """Return the ids of the pictures of assistants on a page."""
    return re.findall(r'assistant-picture"[^>]*><img src="/avatars/(\w+)"', page)


def test_an_assistant_has_a_picture_where_it_is_chosen_and_where_it_answers(
    harness: Harness, app: Flask, cast: Cast, olive: Browser
) -> None:
    here = assistant_of(olive)
    assert CHANGED in send(olive, (picture(), "owl.png"), page=here)
    max = Browser(app).signed_in(cast.max)
    [first] = shown_on(max.open("/assistants").text)
    shown = max.open(f"/avatars/{first}")
    assert (shown.content_type, shown.data[:4]) == ("image/webp", b"RIFF")
    begun = max.post("/conversations", assistant=here.rpartition("/")[2]).location
    harness.answered(begun.rpartition("/")[2], cast.max, Text("Roses."))
    page = max.open(begun).text
    question, answer, template = (f"<article{each}" for each in page.split("<article")[1:])
    assert 'data-role="user"' in question and shown_on(question) == []
    assert shown_on(answer) == shown_on(template) == [first]
    assert ">Poet</bdi>" in answer
    harness.database.add_member(begun.rpartition("/")[2], cast.eve)
    assert CHANGED in send(olive, (picture("GIF"), "owl.gif"), page=here)
    [second] = set(shown_on(Browser(app).signed_in(cast.eve).open(begun).text))
    assert second != first and max.open(f"/avatars/{first}").status_code == 404
    assert REMOVED in send(olive, page=here, remove="1")
    assert shown_on(max.open(begun).text) == [] and "🦉" in max.open(begun).text
    assert max.open(f"/avatars/{second}").status_code == 404
    send(olive, (picture(), "owl.png"), page=here)
    [third] = shown_on(max.open("/assistants").text)
    olive.post(f"{here}/delete", form_on=here)
    assert max.open(f"/avatars/{third}").status_code == 404
    assert "Roses." in max.open(begun).text and "Poet" not in max.open(begun).text


@pytest.mark.parametrize("whose", ["a person", "an assistant"])
@pytest.mark.parametrize(
    ("make", "name", "sentence"),
    [
        (lambda: large_picture(20_000), "bomb.png", "“bomb.png” can't be used: it has more than"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "“a.png” is no picture"),
        (lambda: b"<html><script>alert(1)</script>", "page.webp", "“page.webp” is no picture"),
        (lambda: pdf("one"), "a.gif", "“a.gif” is no picture"),
        (lambda: picture()[:40], "half.png", "“half.png” can't be read"),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "liar.png", "“liar.png” can't be read"),
        (lambda: b"", "empty.png", "“empty.png” "),
        (lambda: picture(), "../../me.png" * 50, CHANGED),
    ],
)
def test_a_picture_that_is_none_or_a_bomb_changes_nothing(
    harness: Harness,
    app: Flask,
    olive: Browser,
    whose: str,
    make: Callable[[], bytes],
    name: str,
    sentence: str,
) -> None:
    page = "/account" if whose == "a person" else assistant_of(olive)
    assert CHANGED in send(olive, (picture("JPEG"), "first.jpg"), page=page)
    before = re.findall(r"/avatars/(\w+)", olive.open(page).text)
    shown = unescape(send(olive, (make(), name), page=page))
    assert sentence in shown
    beside = shown.partition('<p class="field-problem" id="problem-file">')[2]
    assert beside.startswith("“") == (sentence != CHANGED)
    assert ('value="Poet"' in shown) == (whose == "an assistant"), "its other form is as it was"
    assert olive.open(f"{page}/picture").location == page, "a reload leads on"
    after = re.findall(r"/avatars/(\w+)", olive.open(page).text)
    assert (after != before) == (sentence == CHANGED)
    assert len(after) == 1, "there is one, and it can be loaded"
    assert olive.open(f"/avatars/{after[0]}").status_code == 200


def test_what_is_no_picture_changes_nothing(
    harness: Harness, cast: Cast, conversation: str, olive: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert NO_PICTURE in send(olive)
    assert "“a.txt” is no picture" in send(olive, (b"text", "a.txt"))
    monkeypatch.setattr("app.config.files.MEGABYTE", 200)
    assert "“big.png” is too large" in send(olive, (b"x" * 5000, "big.png"))
    assert avatar_of(harness, cast, conversation) is None
