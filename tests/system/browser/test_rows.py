"""The row of a message and its indicators: shown where they are needed, and they move nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
TOUCH = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
SIZES = "() => [...document.querySelectorAll('.message *')].map((part) => part.offsetHeight)"
MARK = """(question, mark) => {
  const element = document.createElement("p");
  element.className = `${mark} test-mark`;
  if (mark === "context-mark") question.previousElementSibling.before(element);
  else question.before(element);
}"""
NAMES_OF_QUESTION = ["Copy", "Edit", "React and more"]
NAMES_OF_ANSWER = ["Copy", "Retry", "Details", "React and more", "Share"]
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
  const ends = Array.from(article.querySelectorAll("footer .button"), (button) => {
    return button.getBoundingClientRect().right;
  });
  return content.getBoundingClientRect().left + start - Math.max(...ends);
}"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with two questions and their answers."""
    where = database.conversation(cast.olive, cast.max)
    fill(database, where, cast.olive, 2)
    return where


def test_buttons_are_shown_on_hover_and_focus_and_on_the_last_message(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    rows = tab.page.locator(".message-actions")
    tab.page.mouse.move(1, 1)
    sizes = tab.page.evaluate(SIZES)
    assert [_is_shown(row) for row in rows.all()] == [False, False, False, True]

    tab.page.locator("article").first.hover()
    assert [_is_shown(row) for row in rows.all()] == [True, False, False, True]
    tab.page.mouse.move(1, 1)
    rows.nth(1).locator("[data-action=copy]").focus()
    assert [_is_shown(row) for row in rows.all()] == [False, True, False, True]
    assert tab.page.evaluate(SIZES) == sizes, "nothing moves"


def test_buttons_are_always_shown_on_touch(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", **TOUCH)
    assert all(_is_shown(row) for row in tab.page.locator(".message-actions").all())


def test_buttons_have_names_and_tooltips_and_keep_their_width(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(
        cast.olive, f"/conversations/{where}", permissions=["clipboard-read", "clipboard-write"]
    )
    question = tab.page.locator("article").first
    for message, names in ((question, NAMES_OF_QUESTION), (tab.answer, NAMES_OF_ANSWER)):
        buttons = message.locator("footer > .button:visible")
        expect(buttons).to_have_count(len(names))
        for button, name in zip(buttons.all(), names, strict=True):
            expect(button).to_have_accessible_name(name)
            expect(button).to_have_attribute("title", name)
            expect(button).to_have_text("")
    neighbour, copy = (
        tab.answer.locator("[data-action=retry]"),
        tab.answer.locator("[data-action=copy]"),
    )
    places = neighbour.bounding_box(), copy.bounding_box()
    copy.click()
    expect(copy).to_have_attribute("data-done", "")
    assert (neighbour.bounding_box(), copy.bounding_box()) == places


@pytest.mark.parametrize("scripts", [True, False])
def test_facts_about_an_answer_open_over_the_text(
    open_tab: Open, cast: Cast, where: str, scripts: bool
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=scripts)
    facts = tab.answer.locator(".message-facts")
    expect(facts).to_be_hidden()
    before = tab.answer.bounding_box()

    tab.answer.locator("[data-action=details]").click()

    expect(facts).to_be_visible()
    for part in ("20", "demo"):
        expect(facts).to_contain_text(part)
    assert tab.answer.bounding_box() == before
    tab.page.keyboard.press("Escape")
    expect(facts).to_be_hidden()


def test_escape_closes_the_facts_and_does_not_stop_the_answer(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("/tokens 2000 /rate 50")
    tab.wait_for_text()
    facts = tab.answer.locator(".message-facts")
    tab.answer.locator("[data-action=details]").click()
    expect(facts).to_contain_text("demo")
    tab.page.keyboard.press("Escape")
    expect(facts).to_be_hidden()
    expect(tab.answer).to_have_attribute("data-status", "streaming")
    tab.page.keyboard.press("Escape")
    tab.wait_for("stopped")
    assert facts.get_attribute("id") == f"facts-{tab.answer.get_attribute('id')}"


def _is_shown(row: Locator) -> bool:
    return bool(
        row.evaluate("row => getComputedStyle(row.querySelector('.button')).opacity === '1'")
    )


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
    for mark in ("new-mark", "context-mark"):
        questions.nth(1).evaluate(MARK, mark)
        assert indicator(questions.nth(1)) == '"Answered next"', "also below a mark"
    tab.page.evaluate("document.querySelectorAll('.test-mark').forEach((one) => one.remove())")
    before = tab.page.evaluate(BETWEEN)

    tab.press("stop")
    expect(tab.page.locator("article[data-role=assistant]")).to_have_count(2)
    tab.wait_for_text("content")

    assert [indicator(each) for each in questions.all()][1:] == ["none", '"Answered in its turn"']
    assert tab.page.evaluate(BETWEEN) == before


def indicator(part: Locator) -> str:
    """Return the generated content after an element."""
    return str(part.evaluate("e => getComputedStyle(e, '::after').content"))
