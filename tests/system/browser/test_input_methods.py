"""Keys of an input method, and keys that move the caret, have no other effect."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "/tokens 3 /rate 0"
SOON_MS = 500
PRESS = """(field, key) => field.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key }))"""
# How browsers report a key of the input method: by a property, or only by its code.
COMPOSING = [{"isComposing": True}, {"keyCode": 229}]


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    """A conversation in which Olive has asked a question."""
    tab = open_tab(cast.olive, f"/conversations/{database.conversation(cast.olive)}")
    tab.ask(f"First? {QUICK}")
    tab.wait_for("complete")
    expect(text(tab)).to_have_value("")
    return tab


def test_enter_during_composition_sends_nothing(tab: Tab) -> None:
    text(tab).fill(f"日本 {QUICK}")
    for how in COMPOSING:
        assert text(tab).evaluate(PRESS, {"key": "Enter", **how}), "it must get the key"
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"日本 {QUICK}")
    expect(tab.page.locator("article")).to_have_count(2)

    assert not text(tab).evaluate(PRESS, {"key": "Enter"})
    expect(tab.page.locator("article")).to_have_count(4)


def test_other_keys_during_composition_edit_and_cancel_nothing(tab: Tab) -> None:
    for how in COMPOSING:
        assert text(tab).evaluate(PRESS, {"key": "ArrowUp", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value("")
    assert not text(tab).evaluate(PRESS, {"key": "ArrowUp"})
    expect(text(tab)).to_have_value(f"First? {QUICK}")

    for how in COMPOSING:
        text(tab).evaluate(PRESS, {"key": "Escape", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"First? {QUICK}")
    text(tab).evaluate(PRESS, {"key": "Escape"})
    expect(text(tab)).to_have_value("")


def test_arrow_up_in_a_text_moves_the_caret(tab: Tab) -> None:
    text(tab).fill("one\ntwo")

    text(tab).press("ArrowUp")
    text(tab).press("!")

    expect(text(tab)).to_have_value("one!\ntwo")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")
