"""A touch screen with an on-screen keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import ACCOUNT_PAGES, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
MIN_TARGET_PX = 44
# The HTML of every touch target that is less high than that.
TOO_LOW = """(least) => [...document.querySelectorAll(".button, .brand, summary, .code-copy")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
  .map((one) => one.outerHTML)"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def test_touch_targets_are_large_enough(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", **PHONE)
    tab.page.fill("[data-composer-text]", "Show me. /think 5 /tokens 300 /rate 0")
    tab.page.get_by_role("button", name="Send").tap()
    tab.wait_for("complete")
    expect(tab.answer.locator(".code-copy")).not_to_have_count(0)
    for path in (f"/conversations/{where}", "/conversations", *ACCOUNT_PAGES):
        tab.page.goto(path)
        assert tab.page.locator(".button:visible").count() > 2
        assert tab.page.evaluate(TOO_LOW, MIN_TARGET_PX) == [], path


def test_enter_starts_a_new_line(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", **PHONE)
    for key in ("O", "Enter", "k"):
        tab.page.press("[data-composer-text]", key)
    expect(tab.page.locator("[data-composer-text]")).to_have_value("O\nk")

    tab.page.get_by_role("button", name="Send").tap()

    expect(tab.page.locator("article")).to_have_count(2)
    assert database.messages(where)[0].content == "O\nk"
