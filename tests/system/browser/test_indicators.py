"""Indicators of a paused answer and of waiting questions, which cause no layout shift."""

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


FREE_PX = """(article) => {
  const content = article.querySelector(".message-content");
  content.insertAdjacentHTML("beforeend", '<div class="code"><pre><code>code</code></pre></div>');
  const start = parseFloat(getComputedStyle(content, "::after").marginInlineStart);
  const ends = [...article.querySelectorAll("footer .button")].map((button) => button.getBoundingClientRect().right);
  return content.getBoundingClientRect().left + start - Math.max(...ends);
}"""


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    """A tab with an answer that hangs."""
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(HANGS)
    tab.wait_for_text("content")
    return tab


@pytest.mark.parametrize("colours", ["none", "active"])
def test_a_paused_answer_shows_that_it_continues(tab: Tab, colours: str) -> None:
    tab.page.emulate_media(forced_colors=colours)
    last = tab.answer.locator(".message-content > :last-child")
    assert indicator(last) == ('"Writing…"' if colours == "active" else '""')
    before = tab.page.evaluate(HEIGHTS)

    tab.press("stop")
    tab.wait_for("stopped")

    assert indicator(last) == "none"
    assert tab.page.evaluate(HEIGHTS) == before


def test_after_code_the_dots_are_beside_the_buttons(tab: Tab) -> None:
    assert tab.answer.evaluate(FREE_PX) >= 0


def test_waiting_questions_show_whether_they_are_next(tab: Tab) -> None:
    questions = tab.page.locator("article[data-role=user]")
    for count in (2, 3):
        tab.ask(HANGS)
        expect(questions).to_have_count(count)
    assert [indicator(each) for each in questions.all()] == [
        "none",
        '"Answered next"',
        '"Answered in its turn"',
    ]
    before = tab.page.evaluate(BETWEEN)

    tab.press("stop")
    expect(tab.page.locator("article[data-role=assistant]")).to_have_count(2)
    tab.wait_for_text("content")

    assert [indicator(each) for each in questions.all()][1:] == ["none", '"Answered in its turn"']
    assert tab.page.evaluate(BETWEEN) == before


def indicator(part: Locator) -> str:
    """Return the generated content after an element."""
    return str(part.evaluate("e => getComputedStyle(e, '::after').content"))
