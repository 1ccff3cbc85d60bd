"""A share link in a browser: strangers read along, exactly, until it is revoked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.sharing import found, revoke, share
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import STANDING_CLOCK, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's with Max."""
    return database.conversation(cast.olive, cast.max, title="Bread")


def text_of(tab: Tab) -> str:
    return str(tab.page.locator("article[data-role=assistant] .message-content").last.inner_text())


def test_a_stranger_reads_along_as_everybody_until_the_link_is_revoked(
    open_tab: Open, cast: Cast, database: Database, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask("/think 20 /tokens 100000 /rate 80 How?")
    olive.wait_for_text()
    page = open_tab(cast.olive, f"/conversations/{where}/share").page
    page.get_by_role("button", name="Create a link").click()
    link = page.locator(".account-secret").inner_text()
    assert_accessible(page)

    stranger = open_tab(None, link)
    stranger.wait_for_text()
    olive.press("stop")
    for tab in (olive, stranger):
        tab.wait_for("stopped")
    assert text_of(stranger) == text_of(olive)
    expect(stranger.page.locator(".message-thoughts").last).to_be_hidden()
    for hidden in ("Olive", "@example.org", where):
        assert hidden not in stranger.page.content()
    assert not stranger.page.locator("form, textarea, [data-action=retry]").count()
    assert_accessible(stranger.page)

    olive.ask("/tokens 5 And?")  # what is new comes without loading the page again
    expect(stranger.page.locator("article")).to_have_count(4)
    for tab in (olive, stranger):
        tab.wait_for("complete")
    olive.press("retry")
    expect(olive.page.locator("article[data-versioned]")).to_have_count(1)
    olive.wait_for("complete")
    last = database.messages(where)[-1].id
    stranger.page.wait_for_selector(f"article[id='{last}'][data-status=complete]")
    assert text_of(stranger) == text_of(olive)

    revoke(database, link.rpartition("/")[2])
    banner = stranger.page.locator("[data-banner-text]")
    expect(banner).to_have_text("This link can't be used any more.")
    olive.ask("/tokens 5 Alone again?")
    olive.wait_for("complete")
    assert stranger.page.locator("article").count() == 4
    stranger.page.get_by_role("button", name="Load again").click()
    expect(stranger.page.locator("h1")).to_contain_text("This link can't be used any more")


def test_one_too_many_is_told_so_and_gets_in_when_there_is_room(
    open_tab: Open, cast: Cast, database: Database, where: str, server: Server, tmp_path: Path
) -> None:
    secret = share(database, where, cast.olive)
    first = Reader(secret, found(database, secret).public_id)
    log = tmp_path / "server.log"
    with Server(server.database_url, log, MAX_CONNECTIONS_PER_SHARE="1") as crowded:
        first.connect(crowded.url)
        eventually(lambda: first.has_joined)
        page = open_tab(None, f"/share/{secret}", crowded.url, script=STANDING_CLOCK).page
        banner = page.locator("[data-banner-text]")
        expect(banner).to_contain_text("Too many people read along by links at the moment")
        expect(banner).to_contain_text("Next try in")
        first.close()
        page.get_by_role("button", name="Try now").click()
        expect(banner).to_be_hidden()
        page.close()


def test_a_link_to_an_answer_follows_its_versions_alone(
    open_tab: Open, cast: Cast, database: Database, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask("/tokens 5 Before?")
    olive.wait_for("complete")
    olive.ask("/tokens 30 This?")
    expect(olive.page.locator("article")).to_have_count(4)
    olive.wait_for("complete")
    olive.answer.hover()
    olive.answer.get_by_role("link", name="Share").click()
    olive.page.get_by_role("button", name="Create a link").click()
    stranger = open_tab(None, olive.page.locator(".account-secret").inner_text())
    expect(stranger.page.locator("article")).to_have_count(2)
    received: list[str] = []
    stranger.page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))),
    )
    stranger.page.reload()

    olive.page.goto(olive.page.url.replace("/share", ""))
    olive.press("retry")
    expect(olive.page.locator("article[data-versioned]")).to_have_count(1)
    olive.wait_for("complete")
    last = database.messages(where)[-1].id
    stranger.page.wait_for_selector(f"article[id='{last}'][data-status=complete]")
    olive.ask("/tokens 30 Secret?")
    expect(olive.page.locator("article")).to_have_count(6)
    olive.wait_for("complete")
    expect(stranger.page.locator("article")).to_have_count(2)
    assert text_of(stranger).endswith(database.message(last).content[-40:])
    assert received and "Secret" not in "".join(received) and "Bread" not in "".join(received)


def test_without_scripts_it_shows_what_is_stored(
    open_tab: Open, cast: Cast, database: Database, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask("/tokens 5 Once?")
    olive.wait_for("complete")
    secret = share(database, where, cast.olive)
    page = open_tab(None, f"/share/{secret}", java_script_enabled=False).page
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("[data-action=copy]").first).to_be_hidden()
