"""Keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive)


@pytest.fixture
def tab(open_tab: Open, cast: Cast, where: str) -> Tab:
    permissions = ["clipboard-read", "clipboard-write"]
    return open_tab(cast.olive, f"/conversations/{where}", permissions=permissions)


def test_a_question_mark_opens_the_list_of_shortcuts(tab: Tab) -> None:
    dialog = tab.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()  # the conversation is empty
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


def test_every_shortcut_works(tab: Tab, database: Database, where: str) -> None:
    tab.ask("Well? /tokens 9 /rate 0")
    tab.wait_for("complete")
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


@pytest.mark.parametrize("key", ["Control+k", "Meta+k"])
def test_the_search_opens_from_the_composer_too(tab: Tab, key: str) -> None:
    """On a narrow page the field is in the drawer; the key works while one types."""
    field = tab.page.locator("#search")
    for width in (1280, 390):
        tab.page.set_viewport_size({"width": width, "height": 700})
        tab.page.focus("[data-composer-text]")
        expect(field).not_to_be_focused()
        tab.page.keyboard.press(key)
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()


def test_shortcuts_do_nothing_while_typing(tab: Tab) -> None:
    tab.page.focus("[data-composer-text]")
    tab.page.keyboard.type("?n/cy")

    expect(tab.page.locator("[data-composer-text]")).to_have_value("?n/cy")
    expect(tab.page.get_by_role("dialog")).to_be_hidden()


def test_shortcuts_can_be_switched_off(tab: Tab) -> None:
    tab.page.locator("[data-shortcuts-open]").click()
    tab.page.get_by_label("Use single-key shortcuts").uncheck()
    tab.page.get_by_role("button", name="Close").click()
    tab.page.reload()
    tab.page.evaluate("document.activeElement.blur()")

    tab.page.keyboard.press("c")
    tab.page.keyboard.press("?")

    expect(tab.page.locator("[data-composer-text]")).not_to_be_focused()
    expect(tab.page.get_by_role("dialog")).to_be_hidden()
