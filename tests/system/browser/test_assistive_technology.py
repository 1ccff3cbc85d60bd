"""Keyboard, screen reader, reduced motion, enlarged text and forced colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.tab import ACCOUNT_PAGES, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ENDLESS = "/think 5 /tokens 2000 /rate 30"
MANY_TABS = 30
ENLARGED = {"width": 640, "height": 400}  # a window of 1280 by 800, at 200 %
SMALL = {"width": 320, "height": 640}
FOCUS = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const box = getComputedStyle(document.activeElement.parentElement);
  const isOutlined = (style) => style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  return document.activeElement !== document.body
    && (isOutlined({ outlineStyle, outlineWidth }) || isOutlined(box) || box.boxShadow !== "none");
}"""
LISTEN = """() => {
  window.said = [];
  const line = document.querySelector("[data-status-line]");
  const note = () => line.textContent && window.said.push(line.textContent);
  new MutationObserver(note).observe(line, { childList: true, characterData: true, subtree: true });
}"""


def test_the_keyboard_alone_is_enough(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.eve, title="By hand")
    tab = open_tab(None, "/login")
    page = tab.page
    _tab_to(page, "[name=email]")
    page.keyboard.type(cast.eve.email)
    _tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations")
    _tab_to(page, f"[href$='{where}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{where}")
    _tab_to(page, "[data-composer-text]")
    page.keyboard.type(ENDLESS)
    page.keyboard.press("Enter")
    tab.wait_for("streaming")
    expect(page.locator("[data-composer-text]")).to_be_focused()

    _tab_to(page, "[data-action=stop]")
    page.keyboard.press("Enter")
    tab.wait_for("stopped")
    expect(page.locator("[data-composer-send]")).to_be_focused()
    _tab_to(page, "[data-action=retry]", "Shift+Tab")
    page.keyboard.press("Enter")
    tab.wait_for("streaming")
    assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"


@pytest.mark.timing
def test_the_status_line_announces_answers(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.evaluate(LISTEN)
    tab.ask("/tokens 120 /rate 15")
    tab.wait_for("streaming")
    late = open_tab(cast.olive, f"/conversations/{where}")
    expect(late.page.get_by_role("status")).to_have_text("An answer is going on.")
    tab.wait_for("complete")
    assert tab.page.evaluate("said") == ["An answer has begun.", "The answer is complete."]
    expect(late.page.get_by_role("status")).to_have_text("The answer is complete.")

    tab.ask("/tokens 5 /rate 0 /fail after 2")
    tab.wait_for("failed")
    assert tab.page.evaluate("said").pop() == "The answer has failed."


def test_streaming_text_is_not_announced(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(ENDLESS)
    tab.wait_for("streaming")
    expect(tab.page.get_by_role("log")).to_have_attribute("aria-live", "off")
    expect(tab.answer).to_have_attribute("aria-busy", "true")
    tab.press("stop")
    tab.wait_for("stopped")
    expect(tab.answer).to_have_attribute("aria-busy", "false")


def test_reduced_motion_stops_all_animations(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", reduced_motion="no-preference")
    tab.ask("/tokens 5 /hang after 0")
    expect(tab.answer.locator(".message-waiting")).to_be_visible()
    assert _animations(tab.page) > 0, "there must be an animation to stop"
    tab.page.emulate_media(reduced_motion="reduce")
    eventually(lambda: _animations(tab.page) == 0)


@pytest.mark.parametrize("size", [ENLARGED, SMALL], ids=["enlarged", "small"])
def test_an_enlarged_page_does_not_scroll_sideways(
    open_tab: Open, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    where = database.conversation(cast.olive, title="A-very-long-title-" * 5)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=size)
    tab.ask(f"{'W' * 200} /think 20 /tokens 130 /rate 0")
    tab.wait_for("complete")
    for path in (f"/conversations/{where}", "/conversations", *ACCOUNT_PAGES):
        tab.page.goto(path)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    expect(tab.page.locator("main")).to_be_visible()


def test_forced_colours_keep_borders_and_focus_visible(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", forced_colors="active")
    tab.ask("/tokens 5 /rate 0")
    tab.wait_for("complete")
    question = tab.page.locator("article[data-role=user]")
    edge = question.evaluate("e => getComputedStyle(e).borderTopWidth")
    assert edge != "0px", "the question must have a border"
    _tab_to(tab.page, "[data-composer-text]")
    box = tab.page.locator(".composer-box").evaluate("e => getComputedStyle(e).outlineStyle")
    assert box != "none"


def _tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press a key until the element has the focus, which must be visible at each step."""
    for _ in range(MANY_TABS):
        if page.evaluate("(what) => document.activeElement.matches(what)", selector):
            return
        page.keyboard.press(key)
        assert page.evaluate(FOCUS), "the focus can't be seen"
    raise AssertionError(f"{selector} can't be reached")


def _animations(page: Page) -> int:
    return int(page.evaluate("document.getAnimations({ subtree: true }).length"))
