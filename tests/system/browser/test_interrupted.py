"""The server ends under a reader: the answer is cut off, says so, and can be asked for again."""

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

BACK_MS = 20_000  # the next try may be a while away


@pytest.fixture
def mortal(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, on the same database."""
    with Server(server.database_url, tmp_path / "server.log", LEASE_SECONDS="3") as mortal:
        yield mortal


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_says_so_and_goes_on(
    open_tab: Open, mortal: Server, proxy: Proxy, database: Database, cast: Cast, end: str
) -> None:
    where = database.conversation(cast.olive)
    proxy.target = mortal.url
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Go on /think 5 /tokens 2000 /rate 100")
    tab.waits_for_text()
    before = database.messages(where)[-1]

    getattr(mortal, end)()
    mortal.start()
    proxy.target = mortal.url

    tab.page.set_default_timeout(BACK_MS)
    tab.waits_for("interrupted")
    expect(tab.answer.locator(".message-error")).to_have_text("This answer was cut off.")
    after = database.message(before.id)
    assert (after.status, before.status) == ("interrupted", "streaming")
    assert after.content.startswith(before.content) and before.content
    assert_settled(open_tab, cast, where, tab)
    assert_accessible(tab.page)
    tab.press("retry")
    tab.waits_for("streaming")
    tab.waits_for_text()
    tab.press("stop")
    tab.waits_for("stopped")
