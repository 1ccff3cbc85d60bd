"""Whoever uses the keyboard is never left nowhere: what goes away hands the focus on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.conversing import fill
from tests.system.browser.sight import scroll
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

BACK_MS = 20_000


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    where = database.conversation(cast.olive, cast.max)
    fill(database, where, cast.olive, 10, lines=5)
    return where


def test_the_button_to_the_latest(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    scroll(page, -900)
    page.focus("[data-latest]")

    page.keyboard.press("Enter")

    expect(page.locator("[data-latest]")).to_be_hidden()
    expect(page.locator("[data-messages]")).to_be_focused()


def test_the_button_that_sends(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "And? /tokens 5 /rate 0")
    tab.page.focus("[data-composer-send]")

    tab.page.keyboard.press("Space")

    expect(tab.page.locator("article")).to_have_count(22)
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()


def test_the_button_that_tries_now(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", proxy.url).page
    expect(page.locator("[data-composer-text]")).to_be_editable()
    proxy.cut()
    expect(page.locator("[data-banner-action]")).to_be_visible()
    page.focus("[data-banner-action]")
    proxy.restore()

    page.keyboard.press("Enter")

    expect(page.locator("[data-banner]")).to_be_hidden(timeout=BACK_MS)
    expect(page.locator("[data-messages]")).to_be_focused()


def test_the_dialog(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    page.focus("[data-shortcuts-open]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator("[data-shortcuts-open]")).to_be_focused()
