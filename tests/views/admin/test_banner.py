"""The banner for everybody: on every page, live, and hidden by whoever has read it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.events import server_settings
from app.models.columns import now
from app.models.server_banner import BannerKind, ServerBanner
from app.sockets.control_events import ControlEventHandler
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.sharing import share
from tests.support.socket import Socket

PAGE = "/admin/banner"
TEXT = "We <b>restart</b> at 18:00"


def is_shown(browser: Browser, path: str) -> bool:
    """Return whether a page shows the banner, as text."""
    banner = (
        browser.open(path).text.split('<section class="server-banner"')[1].split("</section>")[0]
    )
    found = "We &lt;b&gt;restart&lt;/b&gt; at 18:00" in banner
    assert found != bool(re.search(r"\shidden>", banner))
    return found


def show(admin: Browser, **fields: str) -> None:
    shown = admin.post(PAGE, form_on=PAGE, **{"text": TEXT, "kind": "warning", **fields})
    assert shown.location == PAGE, shown.text


def test_it_is_on_every_page_but_those_for_strangers(
    harness: Harness, app: Flask, admin: Browser, cast: Cast, conversation: str
) -> None:
    secret = share(harness.database, conversation, cast.olive)
    olive, nobody = Browser(app).signed_in(cast.olive), Browser(app)
    pages = ("/conversations", f"/conversations/{conversation}", "/account", "/nowhere")
    assert not any(is_shown(olive, page) for page in pages)
    show(admin)
    assert all(is_shown(olive, page) for page in pages)
    assert is_shown(nobody, "/login")
    assert "server-banner" not in nobody.open(f"/share/{secret}").text
    assert nobody.open("/banner").json == olive.open("/banner").json
    assert admin.post(f"{PAGE}/remove", form_on=PAGE).location == PAGE
    assert not is_shown(olive, "/conversations") and not is_shown(nobody, "/login")
    assert admin.open(f"{PAGE}/remove").location == PAGE


def test_whoever_has_read_it_hides_it_until_it_changes(
    app: Flask, admin: Browser, cast: Cast
) -> None:
    show(admin)
    olive, phone = (Browser(app).signed_in(cast.olive) for _ in range(2))
    banner_id = inside_form(olive)
    hidden = olive.post("/banner/dismiss", form_on="/account", id=banner_id)
    assert hidden.status_code == 302
    assert not is_shown(olive, "/account") and not is_shown(phone, "/account")
    assert olive.open("/banner").json == {}
    assert is_shown(admin, "/account"), "others still see it"
    for odd in ("", "x", "0" * 32):
        assert olive.post("/banner/dismiss", form_on="/account", id=odd).status_code == 302
    assert is_shown(olive, "/account"), "another one was hidden last"
    olive.post("/banner/dismiss", form_on="/account", id=banner_id)
    show(admin)
    assert is_shown(olive, "/account"), "it is another one, though it says the same"
    nobody = Browser(app)
    assert nobody.post("/banner/dismiss", form_on="/login", id=banner_id).status_code == 302


def inside_form(browser: Browser) -> str:
    page = browser.open("/account").text
    return page.split('name="id" value="')[1].split('"')[0]


def test_scripts_get_no_page_for_an_answer(app: Flask, admin: Browser, cast: Cast) -> None:
    show(admin)
    olive = Browser(app).signed_in(cast.olive)
    olive.client.environ_base["HTTP_ACCEPT"] = "application/json"
    token = olive.open("/account", headers={"Accept": "text/html"}).text.split(
        'csrf_token" value="'
    )
    fields = {"csrf_token": token[1].split('"')[0], "id": olive.open("/banner").json["id"]}
    assert olive.post_bare("/banner/dismiss", **fields).status_code == 204


def test_its_time_ends(harness: Harness, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    until = now() + timedelta(minutes=10)
    show(admin, until=f"{until:%Y-%m-%dT%H:%M}")
    assert is_shown(admin, "/account")
    assert "Now, as a warning, until" in " ".join(admin.open(PAGE).text.split())
    monkeypatch.setattr("app.models.server_banner.now", lambda: until)
    assert not is_shown(admin, "/account")
    assert "There is none now" in admin.open(PAGE).text


def test_sockets_of_users_are_told_in_every_process_and_strangers_are_not(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    handler = ControlEventHandler()
    handler.handle_new()
    olive, eve = harness.reader(cast.olive, conversation), harness.reader(cast.eve)
    stranger = Socket(harness.app, share=share(harness.database, conversation, cast.olive))
    until = now() + timedelta(days=1)
    harness.database.write(lambda: ServerBanner.store("Hi", BannerKind.INFORMATION, until))
    handler.handle_new()
    harness.run_later()
    [told], [also] = olive.received(), eve.received()
    assert told == also
    event, payload = told
    assert (event, payload["text"], payload["kind"]) == ("banner", "Hi", "information")
    assert stranger.received() == []
    server_settings.reload()
    assert olive.received() == [], "nothing has changed"
    harness.database.write(ServerBanner.remove)
    handler.handle_new()
    harness.run_later()
    assert olive.received() == [("banner", {})]


def test_it_is_read_again_until_that_succeeds(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([OSError("away"), None])

    def reload() -> None:
        if error := next(tries):
            raise error

    monkeypatch.setattr(server_settings, "reload", reload)
    monkeypatch.setattr(server_settings, "RETRY_SECONDS", 0)
    server_settings.reload_soon()
    assert next(tries, "all") == "all"


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        *(("text", odd) for odd in ("", " ", "\u200b", "x" * 301, "two\nlines", "a\0b")),
        *(("kind", odd) for odd in ("", "danger")),
        *(("until", odd) for odd in ("2020-01-01T00:00", "soon", "2026-13-01T00:00")),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(admin: Browser, field: str, odd: str) -> None:
    fields = {"text": TEXT, "kind": "warning", field: odd}
    refused = admin.post(PAGE, form_on=PAGE, **fields)
    assert refused.status_code == 400
    assert f'id="problem-{field}"' in refused.text
    assert admin.open("/banner").json == {}
