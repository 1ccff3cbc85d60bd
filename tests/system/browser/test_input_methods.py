"""Keys that belong to an input method, or to the text, do nothing else."""

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
# How browsers say that a key is the input method's: some with the key, some only by its code.
COMPOSING = {"said": {"isComposing": True}, "coded": {"keyCode": 229}}


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    """A conversation in which Olive has asked something."""
    tab = open_tab(cast.olive, f"/conversations/{database.conversation(cast.olive)}")
    tab.ask(f"First? {QUICK}")
    tab.waits_for("complete")
    expect(text(tab)).to_have_value("")
    return tab


@pytest.mark.parametrize("how", COMPOSING.values(), ids=COMPOSING)
def test_enter_sends_nothing(tab: Tab, how: dict[str, object]) -> None:
    text(tab).fill(f"日本 {QUICK}")

    assert text(tab).evaluate(PRESS, {"key": "Enter", **how}), "it is the input method's"
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"日本 {QUICK}")
    expect(tab.page.locator("article")).to_have_count(2)

    assert not text(tab).evaluate(PRESS, {"key": "Enter"})
    expect(tab.page.locator("article")).to_have_count(4)


@pytest.mark.parametrize("how", COMPOSING.values(), ids=COMPOSING)
def test_up_edits_nothing(tab: Tab, how: dict[str, object]) -> None:
    assert text(tab).evaluate(PRESS, {"key": "ArrowUp", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value("")

    assert not text(tab).evaluate(PRESS, {"key": "ArrowUp"})
    expect(text(tab)).to_have_value(f"First? {QUICK}")


@pytest.mark.parametrize("how", COMPOSING.values(), ids=COMPOSING)
def test_escape_leaves_nothing(tab: Tab, how: dict[str, object]) -> None:
    text(tab).press("ArrowUp")
    expect(text(tab)).to_have_value(f"First? {QUICK}")

    text(tab).evaluate(PRESS, {"key": "Escape", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"First? {QUICK}")

    text(tab).evaluate(PRESS, {"key": "Escape"})
    expect(text(tab)).to_have_value("")


def test_up_moves_in_what_is_written(tab: Tab) -> None:
    text(tab).fill("one\ntwo")

    text(tab).press("ArrowUp")
    text(tab).press("!")

    expect(text(tab)).to_have_value("one!\ntwo")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")
