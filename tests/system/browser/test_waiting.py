"""What somebody does without a line waits, where they can see it, and is done once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

BACK_MS = 20_000  # the next try may be a while away


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


@pytest.fixture
def cut_off(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> Tab:
    """A tab of Olive's that has lost the line."""
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for_text("content")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    return tab


def test_a_question_goes_once_for_every_reader(
    open_tab: Open, cut_off: Tab, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    max = open_tab(cast.max, f"/conversations/{where}")
    cut_off.ask("Once? /tokens 5 /rate 0")
    expect(note(cut_off)).to_contain_text("will be sent")
    expect(text(cut_off)).to_have_value("Once? /tokens 5 /rate 0")
    expect(text(cut_off)).not_to_be_editable()
    assert max.page.locator("article").count() == 2

    proxy.restore()
    try_now(cut_off)

    expect(text(cut_off)).to_have_value("", timeout=BACK_MS)
    for tab in (cut_off, max):
        expect(tab.page.locator("article")).to_have_count(3)  # it is answered in its turn
    assert [message.role for message in database.messages(where)] == ["user", "assistant", "user"]
    expect(note(cut_off)).to_be_hidden()
    expect(text(cut_off)).to_be_editable()


def test_a_question_outlives_the_page_on_which_it_was_asked(
    cut_off: Tab, proxy: Proxy, database: Database, where: str
) -> None:
    cut_off.ask("Once? /tokens 5 /rate 0")
    expect(note(cut_off)).to_be_visible()
    first = cut_off.page
    cut_off.page = first.context.new_page()
    first.close()
    proxy.restore()

    cut_off.page.goto(f"/conversations/{where}")

    expect(cut_off.page.locator("article")).to_have_count(3)
    expect(text(cut_off)).to_have_value("")
    assert [message.role for message in database.messages(where)] == ["user", "assistant", "user"]


def test_a_stop_is_done_when_the_line_is_back(cut_off: Tab, proxy: Proxy) -> None:
    cut_off.page.keyboard.press("Escape")
    proxy.restore()
    try_now(cut_off)

    cut_off.waits_for("stopped")


def try_now(tab: Tab) -> None:
    """Press the button, if it hasn't gone by itself meanwhile."""
    tab.page.locator("[data-banner-action]").evaluate("button => button.click()")


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def note(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-note]")
