"""Success and failure are shown, and announced to screen readers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ALLOWED = ["clipboard-read", "clipboard-write"]
CLIPBOARD = "() => navigator.clipboard.readText()"
# Makes every access to the clipboard fail.
FORBIDDEN = """
const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
navigator.clipboard.write = navigator.clipboard.writeText = refuse;
"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with two questions of Olive's and their answers."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 2)
    return where


@pytest.mark.parametrize("query", ["", "?before=4"])
def test_a_failed_copy_shows_an_alert(open_tab: Open, cast: Cast, where: str, query: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}{query}", script=FORBIDDEN)

    tab.press("copy")

    expect(tab.alert).to_be_visible()
    expect(tab.alert).to_have_text("That could not be copied.")


def test_the_copy_shortcut_shows_a_note(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_text("Copied.")).to_be_in_viewport(ratio=1)
    expect(tab.page.locator(".visually-hidden[role=status]")).to_have_count(1)
    expect(tab.page.get_by_role("status")).to_have_text("")


def test_an_answer_without_text_cannot_be_copied(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.ask("Wait /tokens 9 /hang after 0")
    tab.wait_for("streaming")
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()
    tab.press("stop")
    tab.wait_for("stopped")
    tab.page.evaluate("document.activeElement.blur()")

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_role("status")).to_have_text("Copied.")
    assert tab.page.evaluate(CLIPBOARD) == "Answer 2, paragraph 1."
    tab.page.reload()
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()
