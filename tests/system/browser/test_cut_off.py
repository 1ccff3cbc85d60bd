"""What can be done while the connection is gone, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.conversing import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

WAITING = "There is no connection. This will be done when it is back."
BACK_MS = 20_000  # the next try may be a while away
AT_ONCE_MS = 3000  # what waits for an answer of the server waits for ten seconds


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of two questions of Olive's with their answers."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 2)
    return where


@pytest.fixture
def cut_off(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> Tab:
    """A tab of Olive's that has lost its connection."""
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for("streaming")
    tab.page.reload()
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()
    tab.waits_for_text("content")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    return tab


def test_what_the_server_would_have_to_be_asked_for_fails_at_once(cut_off: Tab) -> None:
    cut_off.page.locator("[data-action=copy]").first.press("Enter")

    expect(cut_off.complaint).to_have_text("That could not be copied.", timeout=AT_ONCE_MS)
    expect(cut_off.complaint).to_have_role("alert")
    expect(cut_off.page.locator("[data-banner-text]")).to_contain_text("connection is lost")
    cut_off.page.fill("[data-composer-text]", "Well, then")
    expect(cut_off.complaint).to_be_hidden()


def test_the_last_question_can_be_edited_without_a_connection(
    cut_off: Tab, proxy: Proxy, database: Database, where: str
) -> None:
    cut_off.page.press("[data-composer-text]", "ArrowUp")
    expect(cut_off.page.locator("[data-composer-editing]")).to_be_visible(timeout=AT_ONCE_MS)
    cut_off.ask("Better? /tokens 5 /rate 0")
    expect(cut_off.page.locator("[data-composer-note]")).to_contain_text("will be sent")
    assert database.messages(where)[-2].content.startswith("Hang?")

    proxy.restore()

    cut_off.waits_for("complete")
    assert database.messages(where)[-2].content == "Better? /tokens 5 /rate 0"
    assert len(database.messages(where)) == 6


def test_a_retry_is_done_when_the_connection_is_back(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Quick? /tokens 5 /rate 0")
    expect(tab.page.locator("[data-status=complete]")).to_have_count(6)
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    before = database.messages(where)[-1].id

    tab.press("retry")

    expect(tab.complaint).to_have_text(WAITING, timeout=AT_ONCE_MS)
    proxy.restore()
    expect(tab.page.locator(f"[id='{before}']")).to_have_count(0, timeout=BACK_MS)
    expect(tab.page.locator("article")).to_have_count(6, timeout=BACK_MS)
    assert database.messages(where)[-1].id != before
    expect(tab.complaint).to_be_hidden()


def test_a_stop_is_done_when_the_connection_is_back(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for("streaming")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()

    for _ in range(2):
        tab.press("stop")
        expect(tab.complaint).to_have_text(WAITING, timeout=AT_ONCE_MS)
    assert database.messages(where)[-1].status == "streaming"
    proxy.restore()

    tab.page.wait_for_selector("[data-status=stopped]", timeout=BACK_MS)
    assert database.messages(where)[-1].status == "stopped"
    expect(tab.complaint).to_be_hidden()
