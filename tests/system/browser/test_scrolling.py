"""The page follows an answer only while it is scrolled to the bottom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab
from tests.system.browser.viewport import is_at_bottom, moved, scroll, watch_first

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

LONG = "Tell me. /think 5 /tokens 250 /rate 100"
QUICK = "/tokens 5 /rate 0"
PHONE = {"width": 390, "height": 600}


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with ten questions and their answers."""
    where = database.conversation(cast.olive, cast.max)
    fill(database, where, cast.olive, 10, lines=5)
    return where


def test_a_page_at_the_bottom_follows_an_answer(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    assert is_at_bottom(tab.page)
    expect(jump(tab)).to_be_hidden()
    before = tab.page.evaluate("scrollY")

    tab.ask(LONG)
    assert_answered(tab)

    assert tab.page.evaluate("scrollY") > before
    assert is_at_bottom(tab.page)
    expect(jump(tab)).to_be_hidden()


@pytest.mark.parametrize("by", [-20, -900])
def test_a_page_scrolled_up_does_not_move(open_tab: Open, cast: Cast, where: str, by: int) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(LONG)
    expect(tab.page.locator("article")).to_have_count(22)
    tab.wait_for_text("content")
    scroll(tab.page, by)
    watch_first(tab.page)

    tab.wait_for("complete")

    assert moved(tab.page) == 0
    assert not is_at_bottom(tab.page)


def test_the_end_of_thinking_does_not_move_a_page_scrolled_up(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=PHONE)
    tab.ask("Think. /think 300 /tokens 40 /rate 40")
    tab.page.wait_for_function("() => scrollY > 200")
    scroll(tab.page, -100)
    watch_first(tab.page)

    tab.wait_for("complete")

    assert moved(tab.page) == 0
    expect(tab.answer.locator(".message-thoughts")).to_have_attribute("open", "")
    jump(tab).click()
    expect(tab.answer.locator(".message-thoughts")).not_to_have_attribute("open", "")
    assert is_at_bottom(tab.page)


def test_new_messages_are_counted_until_the_jump_to_latest(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max = open_tab(cast.max, f"/conversations/{where}")
    scroll(olive.page, -900)
    expect(jump(olive)).to_have_text("Jump to latest")
    for count in (2, 4):
        max.ask(f"And? {QUICK}")
        expect(max.page.locator("article[data-status=complete]")).to_have_count(20 + count)
        expect(jump(olive)).to_have_text(f"Jump to latest · {count} new")

    old = max.answer.get_attribute("id")
    max.press("retry")
    expect(olive.page.locator(f"[id='{old}']")).to_have_count(0)
    expect(olive.page.locator("article[data-status=complete]")).to_have_count(24)
    expect(jump(olive)).to_have_text("Jump to latest · 4 new")
    jump(olive).click()

    expect(jump(olive)).to_be_hidden()
    assert is_at_bottom(olive.page)
    scroll(olive.page, -900)
    expect(jump(olive)).to_have_text("Jump to latest")


def test_asking_scrolls_to_the_bottom(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    scroll(tab.page, -900)

    tab.ask(f"And? {QUICK}")
    assert_answered(tab)

    assert is_at_bottom(tab.page)


def assert_answered(tab: Tab) -> None:
    """Assert that the eleventh question is answered: ten have been before."""
    expect(tab.page.locator("article[data-status=complete]")).to_have_count(22)


def jump(tab: Tab) -> Locator:
    return tab.page.locator("[data-latest]")
