"""What one key does; and that colours are as somebody has chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

THEME = "() => document.documentElement.dataset.theme ?? 'system'"
# What is seen of the page's ground, and of the browser's own bar where it has one, in numbers.
SEEN = """(colour) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data.join();
}"""
BAR = """() => [...document.querySelectorAll("meta[name=theme-color]")]
  .find(({ media }) => matchMedia(media || "all").matches).content"""
GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive)


@pytest.fixture
def tab(open_tab: Open, cast: Cast, where: str) -> Tab:
    permissions = ["clipboard-read", "clipboard-write"]
    return open_tab(cast.olive, f"/conversations/{where}", permissions=permissions)


def test_a_question_mark_says_what_there_is(tab: Tab) -> None:
    dialog = tab.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()  # nothing has been said
    tab.page.evaluate("document.activeElement.blur()")
    for leave in ("Escape", "?", "Space", None):
        tab.page.keyboard.press("?")
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("button", name="Close")).to_be_focused()
        expect(dialog.get_by_role("heading")).to_be_in_viewport(ratio=1)

        if leave:
            tab.page.keyboard.press(leave)
        else:
            tab.page.mouse.click(5, 300)

        expect(dialog).to_be_hidden()
    assert tab.page.evaluate("localStorage.getItem('shortcuts')") != "off"


def test_each_key_does_what_it_says(tab: Tab, database: Database, where: str) -> None:
    tab.ask("Well? /tokens 9 /rate 0")
    tab.waits_for("complete")
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("y")
    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == database.messages(where)[-1].content
    tab.page.keyboard.press("c")
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("/")
    expect(tab.page.get_by_role("searchbox")).to_be_focused()
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("n")
    expect(tab.page.get_by_role("heading", name="New conversation")).to_be_visible()


def test_whoever_writes_writes(tab: Tab) -> None:
    tab.page.focus("[data-composer-text]")
    tab.page.keyboard.type("?n/cy")

    expect(tab.page.locator("[data-composer-text]")).to_have_value("?n/cy")
    expect(tab.page.get_by_role("dialog")).to_be_hidden()


def test_they_can_be_switched_off(tab: Tab) -> None:
    tab.page.locator("[data-shortcuts-open]").click()
    tab.page.get_by_label("Single keys").uncheck()
    tab.page.get_by_role("button", name="Close").click()
    tab.page.reload()
    tab.page.evaluate("document.activeElement.blur()")

    tab.page.keyboard.press("c")
    tab.page.keyboard.press("?")

    expect(tab.page.locator("[data-composer-text]")).not_to_be_focused()
    expect(tab.page.get_by_role("dialog")).to_be_hidden()


def test_search_finds_and_says_when_it_does_not(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    database.conversation(cast.max, title="A rare word: zwieback")
    tab = open_tab(cast.max, "/conversations")
    tab.page.fill("#search", "ZWIEBACK")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".listing-title")).to_have_text("A rare word: zwieback")

    tab.page.fill("#search", "<b>nothing</b>")
    tab.page.keyboard.press("Enter")

    expect(tab.page.get_by_text("Nothing has “<b>nothing</b>” in it.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_colours_are_as_chosen(open_tab: Open, scripts: bool) -> None:
    tab = open_tab(None, "/login", java_script_enabled=scripts, color_scheme="light")
    assert_one_colour(tab)
    for choice in ("light", "dark"):
        tab.page.get_by_role("button", name=f"Use {choice} colours").click()
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = tab.page.evaluate(GROUND)

    tab.page.reload()

    assert tab.page.evaluate(THEME) == "dark"
    assert tab.page.evaluate(GROUND) == dark
    assert_one_colour(tab)
    tab.page.get_by_role("button", name="as the system has them").click()
    expect(tab.page.locator("html")).not_to_have_attribute("data-theme", "dark")
    assert tab.page.evaluate(GROUND) != dark


def assert_one_colour(tab: Tab) -> None:
    """The browser's bar goes on where the page begins."""
    page = tab.page
    assert page.evaluate(SEEN, page.evaluate(BAR)) == page.evaluate(SEEN, page.evaluate(GROUND))
