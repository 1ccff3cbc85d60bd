"""That more is to come, and whose turn is next, can be seen; nothing moves when it has come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

HANGS = "Hang? /tokens 9 /rate 0 /hang after 5"
HEIGHTS = """() => [...document.querySelectorAll("article[data-role=user], footer")]
  .map((part) => part.getBoundingClientRect().height)"""
BETWEEN = """() => [...document.querySelectorAll("article[data-role=user]")]
  .slice(1).map((part) => part.getBoundingClientRect())
  .map(({ top, height }, index, all) => [top - all[0].top, height])"""


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    """A tab in which an answer hangs."""
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(HANGS)
    tab.waits_for_text("content")
    return tab


@pytest.mark.parametrize("colours", ["none", "active"])
def test_an_answer_that_pauses_shows_that_more_is_to_come(tab: Tab, colours: str) -> None:
    tab.page.emulate_media(forced_colors=colours)
    stats = tab.answer.locator(".message-stats")
    assert sign(stats, "::before") == ('"Writing…"' if colours == "active" else '""')
    before = tab.page.evaluate(HEIGHTS)

    tab.press("stop")
    tab.waits_for("stopped")

    assert sign(stats, "::before") == "none"
    assert tab.page.evaluate(HEIGHTS) == before


def test_a_question_says_whether_it_is_next(tab: Tab) -> None:
    questions = tab.page.locator("article[data-role=user]")
    for count in (2, 3):
        tab.ask(HANGS)
        expect(questions).to_have_count(count)
    assert [sign(each) for each in questions.all()] == [
        "none",
        '"Answered next"',
        '"Answered in its turn"',
    ]
    before = tab.page.evaluate(BETWEEN)

    tab.press("stop")
    expect(tab.page.locator("article[data-role=assistant]")).to_have_count(2)
    tab.waits_for_text("content")

    assert [sign(each) for each in questions.all()][1:] == ["none", '"Answered in its turn"']
    assert tab.page.evaluate(BETWEEN) == before


def sign(part: Locator, pseudo: str = "::after") -> str:
    """Return what CSS shows after or before a part."""
    return str(part.evaluate(f"e => getComputedStyle(e, '{pseudo}').content"))
