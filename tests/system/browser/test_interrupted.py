"""An answer whose server ends is interrupted and can be retried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible
from tests.system.browser.settled import assert_settled
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

RECONNECT_MS = 20_000  # includes a long delay before the next try


@pytest.fixture
def own_server(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server that only this test uses, on the same database."""
    with Server(server.database_url, tmp_path / "server.log", LEASE_SECONDS="3") as own_server:
        yield own_server


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_interrupted_answer_says_so_and_can_be_retried(
    open_tab: Open, own_server: Server, proxy: Proxy, database: Database, cast: Cast, end: str
) -> None:
    where = database.conversation(cast.olive)
    proxy.target = own_server.url
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Go on /think 5 /tokens 2000 /rate 100")
    tab.wait_for_text()
    before = database.messages(where)[-1]

    getattr(own_server, end)()
    own_server.start()
    proxy.target = own_server.url

    tab.page.set_default_timeout(RECONNECT_MS)
    tab.wait_for("interrupted")
    expect(tab.answer.locator(".message-error")).to_have_text("This answer was cut off.")
    after = database.message(before.id)
    assert (after.status, before.status) == ("interrupted", "streaming")
    assert after.content.startswith(before.content) and before.content
    assert_settled(open_tab, cast, where, tab)
    assert_accessible(tab.page)
    tab.press("retry")
    tab.wait_for("streaming")
    tab.wait_for_text()
    tab.press("stop")
    tab.wait_for("stopped")
