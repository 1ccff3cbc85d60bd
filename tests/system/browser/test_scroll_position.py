"""The scroll position is restored, and earlier messages load without moving the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.style_updates import style_updates
from tests.system.browser.tab import Tab
from tests.system.browser.viewport import (
    FROM_BOTTOM,
    TWO_FRAMES,
    assert_same_place,
    first_visible,
    is_at_bottom,
    moved,
    scroll,
    watch_first,
)

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUESTIONS = 70
# Stores in each frame that has messages how far the page is scrolled from the bottom.
NOTE_FRAMES = f"""
window.drawn = [];
const look = () => {{
  if (document.querySelector("article")) drawn.push(({FROM_BOTTOM})());
  requestAnimationFrame(look);
}};
look();
"""
# A page that holds a lock is not put into the back/forward cache.
NOT_CACHED = "navigator.locks.request('a lock', () => new Promise(() => {}))"
MOST_STYLED = 500  # elements at once; the page has 1,300 before and twice as many after
POSITIONS = "all => all.map(one => Number(one.dataset.position))"


@pytest.fixture(scope="module")
def where(database: Database, cast: Cast) -> str:
    """A conversation of several pages, which no test changes."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, QUESTIONS, lines=3)
    return where


@pytest.mark.parametrize("way", ["reload", "back", "back to a page that was not cached"])
def test_the_scroll_position_is_restored(
    open_tab_in_window: Open, cast: Cast, where: str, way: str
) -> None:
    script = NOT_CACHED if way.endswith("not cached") else ""
    tab = open_tab_in_window(cast.olive, f"/conversations/{where}", script=script)
    scroll(tab.page, -1500)
    before = first_visible(tab.page)
    tab.page.evaluate("window.isSamePage = true")

    tab.page.reload() if way == "reload" else tab.leave_and_come_back()

    assert_same_place(tab.page, before)
    assert bool(tab.page.evaluate("window.isSamePage")) == (way == "back")
    tab.page.evaluate(TWO_FRAMES)
    assert_same_place(tab.page, before)


def test_the_first_frame_has_the_restored_position(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", script=NOTE_FRAMES)
    tab.page.wait_for_function("() => drawn.length > 9")
    assert set(tab.page.evaluate("drawn")) == {0}
    scroll(tab.page, -1500)

    tab.page.reload()

    tab.page.wait_for_function("() => drawn.length > 9")
    assert all(abs(each - 1500) <= 1 for each in tab.page.evaluate("drawn"))


def test_a_position_in_earlier_messages_is_restored(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    load_all(tab)
    scroll(tab.page, 300)
    before = first_visible(tab.page)

    tab.page.reload()

    expect(tab.page.locator("article")).to_have_count(2 * QUESTIONS, timeout=90_000)
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
def test_loading_earlier_messages_does_not_move_the_page(
    open_tab: Open, cast: Cast, where: str, top: int
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    expect(tab.page.locator("article")).to_have_count(50)
    tab.page.evaluate("top => scrollTo(0, top)", top)
    watch_first(tab.page)

    expect(tab.page.locator("article")).to_have_count(100, timeout=30_000)

    assert moved(tab.page) <= 1
    load_all(tab)
    positions = tab.page.eval_on_selector_all("article", POSITIONS)
    assert positions == list(range(1, 2 * QUESTIONS + 1))


def test_an_earlier_message_costs_no_other_one_its_styles(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    expect(tab.page.locator("article")).to_have_count(50)

    with style_updates(tab.page) as updates:
        scroll(tab.page, -100_000)
        expect(tab.page.locator("article")).to_have_count(100)

    assert len(updates) >= 50, "one for each message"
    assert max(each.elements for each in updates) < MOST_STYLED


def test_loaded_earlier_messages_equal_their_own_page(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    load_all(tab)
    old = open_tab(cast.olive, f"/conversations/{where}?before=41")

    assert tab.articles[:40] == old.articles


def load_all(tab: Tab) -> None:
    while tab.page.locator("[data-earlier]").count():
        tab.page.evaluate("scrollTo(0, 0)")
        tab.page.evaluate(TWO_FRAMES)
