"""The installed app: an honest page without a connection, and nothing of a user's is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

READY = "navigator.serviceWorker.ready.then(() => true)"
STORED = """async () => {
  const addresses = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const text = await (await cache.match(request)).text();
      addresses.push([new URL(request.url).pathname, text]);
    }
  }
  return addresses;
}"""


def test_without_a_connection_a_page_says_so_and_nothing_else_is_stored(
    open_tab: Open, cast: Cast, database: Database, proxy: Proxy
) -> None:
    where = database.conversation(cast.olive, title="A secret plan")
    tab = open_tab(cast.olive, f"/conversations/{where}", url=proxy.url, service_workers="allow")
    assert tab.page.evaluate(READY)
    tab.page.goto("/conversations")
    stored = tab.page.evaluate(STORED)
    assert [path.split("/")[-1] for path, _ in stored] == ["offline", "style.css", "icon.svg"]
    assert not any(word in text for _, text in stored for word in ("secret plan", "Olive", "csrf"))

    proxy.cut()
    tab.page.goto(f"/conversations/{where}")
    expect(tab.page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(tab.page.get_by_text("A secret plan")).to_have_count(0)
    assert_accessible(tab.page)

    proxy.restore()
    tab.page.get_by_role("link", name="Try again").click()
    expect(tab.page.locator("[data-title]")).to_have_text("A secret plan")
