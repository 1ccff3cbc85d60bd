"""The bar, the banner and the composer, which lie over the messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab
from tests.system.browser.viewport import scroll

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PHONE = {"width": 390, "height": 844}
TITLE = "A long conversation"
CLEAR = "rgba(0, 0, 0, 0)"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    where = database.conversation(cast.olive, cast.max, title=TITLE)
    fill(database, where, cast.olive, 10, lines=5)
    return where


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_the_bar_stays_visible(
    open_tab: Open, cast: Cast, where: str, size: dict[str, int]
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", viewport=size).page
    scroll(page, -400)
    expect(page.get_by_role("heading", name=TITLE)).to_be_in_viewport(ratio=1)
    way_out = page.locator(".back:visible, .sidebar:visible .brand").first
    expect(way_out).to_be_in_viewport(ratio=1)
    way_out.click()
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()


def test_the_banner_does_not_cover_the_bar(
    open_tab: Open, proxy: Proxy, cast: Cast, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", proxy.url, viewport=PHONE).page
    expect(page.locator("[data-composer-text]")).to_be_editable()
    proxy.cut()
    expect(page.locator("[data-banner]")).to_be_visible()
    bar, banner = box(page.locator(".topbar")), box(page.locator("[data-banner]"))
    assert bar["y"] == 0
    assert banner["y"] >= bar["y"] + bar["height"]


@pytest.mark.parametrize("colours", ["none", "active"])
def test_the_composer_is_opaque(open_tab: Open, cast: Cast, where: str, colours: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", forced_colors=colours).page
    page.press("[data-composer-text]", "ArrowUp")
    expect(page.locator("[data-composer-editing]")).to_be_visible()
    composer = page.locator("[data-composer]")
    assert composer.evaluate("e => getComputedStyle(e).backgroundColor") != CLEAR
    assert composer.evaluate("e => getComputedStyle(e).backgroundImage") == "none"
    note = box(page.locator("[data-composer-editing]"))
    assert box(composer)["y"] <= note["y"]


def test_a_skip_link_leads_to_the_message_field(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-composer-text]")).to_be_focused()


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found is not None
    return dict(found)
