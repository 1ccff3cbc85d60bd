"""What a program asks is shown as such, whether it comes live or with the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.system.browser.settled import assert_settled
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]


def test_a_bot_is_shown_as_one(open_tab: Open, read: Read, database: Database, cast: Cast) -> None:
    tally = database.bot()
    where = database.conversation(cast.olive, tally)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    read(tally, where).send("Is 0 usual? /tokens 20 /rate 0")
    tab.waits_for("complete")
    asked = tab.page.locator("article[data-role=user]")
    expect(asked.locator(".message-author")).to_have_text("Tally")
    expect(asked.locator(".message-bot")).to_be_visible()
    expect(tab.answer.locator(".message-bot")).to_be_hidden()
    assert_settled(open_tab, cast, where, tab)

    tab.ask("And mine? /tokens 20 /rate 0")
    expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)
    expect(asked.nth(1).locator(".message-bot")).to_be_hidden()
    tab.page.reload()
    expect(asked.nth(0).locator(".message-bot")).to_be_visible()
    expect(asked.nth(1).locator(".message-bot")).to_be_hidden()
