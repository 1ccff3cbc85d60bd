"""Where a reader was is found again, and a long history loads upward without a jump."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.conversing import fill
from tests.system.browser.sight import (
    FROM_BOTTOM,
    TWO_FRAMES,
    assert_same_place,
    first_in_sight,
    is_at_bottom,
    moved,
    scroll,
    watch_first,
)
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUESTIONS = 70
# Notes, whenever the page is about to be drawn with messages on it, how far from the bottom it is.
NOTE_FRAMES = f"""
window.drawn = [];
const look = () => {{
  if (document.querySelector("article")) drawn.push(({FROM_BOTTOM})());
  requestAnimationFrame(look);
}};
look();
"""
# What holds a lock can't be kept by the browser for the way back.
LET_GO = "navigator.locks.request('a lock', () => new Promise(() => {}))"
POSITIONS = "all => all.map(one => Number(one.dataset.position))"


@pytest.fixture(scope="module")
def where(database: Database, cast: Cast) -> str:
    """A conversation of several pages, to be read alone."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, QUESTIONS, lines=3)
    return where


@pytest.mark.parametrize("way", ["reload", "back", "back to a page that was let go"])
def test_the_place_is_kept(open_tab_in_window: Open, cast: Cast, where: str, way: str) -> None:
    script = LET_GO if way.endswith("let go") else ""
    tab = open_tab_in_window(cast.olive, f"/conversations/{where}", script=script)
    scroll(tab.page, -1500)
    before = first_in_sight(tab.page)
    tab.page.evaluate("window.isSamePage = true")

    tab.page.reload() if way == "reload" else tab.leave_and_come_back()

    assert_same_place(tab.page, before)
    assert bool(tab.page.evaluate("window.isSamePage")) == (way == "back")
    tab.page.evaluate(TWO_FRAMES)
    assert_same_place(tab.page, before)


def test_no_other_place_is_shown_first(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", script=NOTE_FRAMES)
    tab.page.wait_for_function("() => drawn.length > 9")
    assert set(tab.page.evaluate("drawn")) == {0}
    scroll(tab.page, -1500)

    tab.page.reload()

    tab.page.wait_for_function("() => drawn.length > 9")
    assert all(abs(each - 1500) <= 1 for each in tab.page.evaluate("drawn"))


def test_a_place_far_up_is_found_again(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    to_the_beginning(tab)
    scroll(tab.page, 300)
    before = first_in_sight(tab.page)

    tab.page.reload()

    expect(tab.page.locator("article")).to_have_count(2 * QUESTIONS)
    assert_same_place(tab.page, before)


def test_a_reload_at_the_bottom_stays_at_the_bottom(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 5, lines=9)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    fill(database, where, cast.olive, 3, lines=9)

    tab.page.reload()

    expect(tab.page.locator("article")).to_have_count(16)
    assert is_at_bottom(tab.page)


@pytest.mark.parametrize("top", [0, 500])
def test_a_long_history_loads_upward_without_a_jump(
    open_tab: Open, cast: Cast, where: str, top: int
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    expect(tab.page.locator("article")).to_have_count(50)
    tab.page.evaluate("top => scrollTo(0, top)", top)
    watch_first(tab.page)

    expect(tab.page.locator("article")).to_have_count(100)

    assert moved(tab.page) <= 1
    to_the_beginning(tab)
    positions = tab.page.eval_on_selector_all("article", POSITIONS)
    assert positions == list(range(1, 2 * QUESTIONS + 1))


def test_what_was_loaded_upward_is_what_a_page_of_its_own_shows(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    to_the_beginning(tab)
    old = open_tab(cast.olive, f"/conversations/{where}?before=41")

    assert tab.articles[:40] == old.articles


def to_the_beginning(tab: Tab) -> None:
    while tab.page.locator("[data-earlier]").count():
        tab.page.evaluate("scrollTo(0, 0)")
        tab.page.evaluate(TWO_FRAMES)
