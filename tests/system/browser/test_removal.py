"""A member who is removed while reading."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.errors import NotFound
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.server import Server, command
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

CUT_MS = 2500  # long enough for a banner about the lost connection


def test_a_removed_member_sees_a_notice_that_stays_after_reconnecting(
    open_tab: Open, proxy: Proxy, server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    tab = open_tab(cast.max, f"/conversations/{where}", proxy.url)
    tab.ask("Am I here? /tokens 5 /rate 0")
    tab.wait_for("complete")
    banner = tab.page.locator("[data-banner]")

    tab.page.fill("[data-composer-text]", "Half a thought")

    command(server.database_url, "members", "remove", where, cast.max.email)

    expect(banner).to_contain_text("You can't read this conversation any more.")
    text = tab.page.locator("[data-composer-text]")
    expect(text).not_to_be_editable()
    expect(text).to_have_value("Half a thought")
    expect(tab.page.locator("[data-composer-note]")).to_have_text("You can't write here any more.")
    expect(tab.page.locator("[data-composer-send]")).to_be_disabled()
    for action in ("edit", "retry", "stop"):
        expect(tab.page.locator(f"[data-action={action}]:visible")).to_have_count(0)
    expect(tab.page.get_by_role("status")).to_have_text(
        "You can't read this conversation any more."
    )
    assert_accessible(tab.page)
    accepted = proxy.accepted
    proxy.cut()
    tab.page.wait_for_timeout(CUT_MS)
    proxy.restore()
    eventually(lambda: proxy.accepted > accepted)
    tab.page.wait_for_timeout(CUT_MS)
    expect(banner).to_contain_text("You can't read this conversation any more.")
    expect(text).not_to_be_editable()
    text.press("Enter")
    text.press("ArrowUp")
    expect(text).to_have_value("Half a thought")
    assert len(database.messages(where)) == 2
    banner.get_by_role("button").click()
    expect(tab.page.get_by_role("heading", name=NotFound.sentence)).to_be_visible()
