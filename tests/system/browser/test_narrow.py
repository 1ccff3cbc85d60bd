"""Nothing is wider than the page, however narrow it is and however long the texts are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2
WIDTHS = [320, 390, 1280]
HANGING = {
    "content": "/tokens 9 /rate 0 /hang after 5",
    "thinking": "/think 9 /tokens 9 /rate 0 /hang after 0",
}
TO_THE_EDGE = """(text) => {
  const word = (text.querySelector("p, h2") ?? text).appendChild(document.createElement("span"));
  Object.assign(word.style, { display: "inline-block", width: "100%" });
  word.textContent = "word";
}"""


def test_no_page_of_the_list_overflows_and_axe_finds_nothing(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title=LONG[:200].strip())
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(LONG)
    tab.wait_for("streaming", "complete")
    paths = [f"/conversations/{where}", "/conversations", f"/conversations/{where}/options"]
    paths += [f"/conversations/{where}/people", "/link"]
    for path in [*paths, "/conversations?archived=1", "/conversations?q=haupt"]:
        tab.page.goto(path)
        for width in WIDTHS:
            tab.page.set_viewport_size({"width": width, "height": 700})
            assert_fits(tab.page)
            if width != WIDTHS[1]:
                assert_accessible(tab.page)
    tab.page.goto("/conversations")
    row = tab.page.locator(".listing-item").first
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 700})
        heights = row.locator(".listing-link > *:visible").evaluate_all(
            "all => all.map((one) => one.getClientRects().length && one.offsetHeight)"
        )
        assert max(heights) < 30, "each is one line"


@pytest.mark.parametrize("part", ["content", "thinking"])
def test_the_dots_after_a_word_at_the_edge_make_nothing_wider(
    open_tab: Open, database: Database, cast: Cast, part: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport={"width": 320, "height": 700})
    tab.ask(HANGING[part])
    tab.wait_for_text(part)
    tab.answer.locator(f".message-{part}").evaluate(TO_THE_EDGE)
    assert_fits(tab.page)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_menu_the_dialog_and_the_drawer_are_accessible(
    open_tab: Open, database: Database, cast: Cast, width: int
) -> None:
    where = database.conversation(cast.olive, title=LONG[:200].strip())
    size = {"width": width, "height": 700}
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=size)
    tab.page.locator(".topbar-options").click()
    expect(tab.page.locator("[data-menu]")).to_be_visible()
    assert_accessible(tab.page)
    tab.page.get_by_role("button", name="Rename").click()
    expect(tab.page.locator("[data-rename]")).to_be_visible()
    assert_accessible(tab.page)
    tab.page.keyboard.press("Escape")
    if width < 900:
        tab.page.get_by_role("link", name="Conversations").click()
        expect(tab.page.locator(".sidebar")).to_be_visible()
        assert_accessible(tab.page)
    tab.page.fill("#search", "haupt")
    expect(tab.page.locator("[data-results] mark").first).to_be_visible()
    assert_accessible(tab.page)
    assert_fits(tab.page)
