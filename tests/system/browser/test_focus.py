"""An element that disappears passes its focus on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab
from tests.system.browser.viewport import scroll

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

RECONNECT_MS = 20_000


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    where = database.conversation(cast.olive, cast.max)
    fill(database, where, cast.olive, 10, lines=5)
    return where


def test_signing_in_begins_in_its_first_field(open_tab: Open) -> None:
    expect(open_tab(None, "/login").page.locator("main input:visible").first).to_be_focused()


def test_jump_to_latest_moves_the_focus_to_the_messages(
    open_tab: Open, cast: Cast, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    scroll(page, -900)
    page.focus("[data-latest]")

    page.keyboard.press("Enter")

    expect(page.locator("[data-latest]")).to_be_hidden()
    expect(page.locator("[data-messages]")).to_be_focused()


def test_send_moves_the_focus_to_the_message_field(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "And? /tokens 5 /rate 0")
    tab.page.focus("[data-composer-send]")

    tab.page.keyboard.press("Space")

    expect(tab.page.locator("article")).to_have_count(22)
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()


def test_try_now_moves_the_focus_to_the_messages(
    open_tab: Open, proxy: Proxy, cast: Cast, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", proxy.url).page
    expect(page.locator("[data-composer-text]")).to_be_editable()
    proxy.cut()
    expect(page.locator("[data-banner-action]")).to_be_visible()
    page.focus("[data-banner-action]")
    proxy.restore()

    page.keyboard.press("Enter")

    expect(page.locator("[data-banner]")).to_be_hidden(timeout=RECONNECT_MS)
    expect(page.locator("[data-messages]")).to_be_focused()


def test_closing_the_dialog_returns_the_focus(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    page.focus("[data-shortcuts-open]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator("[data-shortcuts-open]")).to_be_focused()
