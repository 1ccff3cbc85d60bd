"""Copying, editing, retrying and stopping without a connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

WAITING = "There is no connection. This will be done when it is back."
RECONNECT_MS = 20_000  # includes a long delay before the next try
AT_ONCE_MS = 3000  # less than the ten seconds of a request without an acknowledgement


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with two questions of Olive's and their answers."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 2)
    return where


@pytest.fixture
def offline(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> Tab:
    """A tab of Olive's that has lost its connection."""
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.wait_for("streaming")
    tab.page.reload()
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()
    tab.wait_for_text("content")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    return tab


def test_copying_an_unloaded_source_fails_at_once(offline: Tab) -> None:
    offline.page.locator("[data-action=copy]").first.press("Enter")

    expect(offline.alert).to_have_text("That could not be copied.", timeout=AT_ONCE_MS)
    expect(offline.alert).to_have_role("alert")
    expect(offline.page.locator("[data-banner-text]")).to_contain_text("connection is lost")
    offline.page.fill("[data-composer-text]", "Well, then")
    expect(offline.alert).to_be_hidden()


def test_an_edit_is_sent_after_reconnecting(
    offline: Tab, proxy: Proxy, database: Database, where: str
) -> None:
    offline.page.press("[data-composer-text]", "ArrowUp")
    expect(offline.page.locator("[data-composer-editing]")).to_be_visible(timeout=AT_ONCE_MS)
    offline.ask("Better? /tokens 5 /rate 0")
    expect(offline.page.locator("[data-composer-note]")).to_contain_text("will be sent")
    assert database.messages(where)[-2].content.startswith("Hang?")

    proxy.restore()

    offline.wait_for("complete")
    assert database.messages(where)[-2].content == "Better? /tokens 5 /rate 0"
    assert len(database.messages(where)) == 6


def test_a_retry_is_sent_after_reconnecting(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Quick? /tokens 5 /rate 0")
    expect(tab.page.locator("[data-status=complete]")).to_have_count(6)
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    before = database.messages(where)[-1].id

    tab.press("retry")

    expect(tab.alert).to_have_text(WAITING, timeout=AT_ONCE_MS)
    proxy.restore()
    expect(tab.page.locator(f"[id='{before}']")).to_have_count(0, timeout=RECONNECT_MS)
    expect(tab.page.locator("article")).to_have_count(6, timeout=RECONNECT_MS)
    assert database.messages(where)[-1].id != before
    expect(tab.alert).to_be_hidden()


def test_a_stop_is_sent_after_reconnecting(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.wait_for("streaming")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()

    for _ in range(2):
        tab.press("stop")
        expect(tab.alert).to_have_text(WAITING, timeout=AT_ONCE_MS)
    assert database.messages(where)[-1].status == "streaming"
    proxy.restore()

    tab.page.wait_for_selector("[data-status=stopped]", timeout=RECONNECT_MS)
    assert database.messages(where)[-1].status == "stopped"
    expect(tab.alert).to_be_hidden()
