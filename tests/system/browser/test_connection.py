"""A lost connection is shown and restored."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.waiting import eventually
from tests.system.browser.tab import STANDING_CLOCK, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

DELAY_SECONDS = 0.3
TRIES_MS = 2500  # more than the longest first delay
INACTIVITY_MS = 60_000  # longer than every timeout of a connection
NOTE = """() => {
  window.said = [];
  const text = document.querySelector("[data-banner-text]");
  new MutationObserver(() => said.push(text.textContent)).observe(text, { childList: true });
}"""
COUNTS = re.compile(r"The connection is lost\. Next try in (\d+) s\.")


def test_a_banner_shows_a_lost_connection_until_try_now(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast
) -> None:
    tab = _connected(open_tab, proxy, database, cast, script=STANDING_CLOCK)
    banner = tab.page.locator("[data-banner]")
    expect(banner).to_be_hidden()

    proxy.cut()
    expect(banner).to_be_visible()
    expect(banner).to_contain_text(COUNTS)
    proxy.restore()
    tab.page.wait_for_timeout(TRIES_MS)
    expect(banner).to_contain_text(COUNTS)
    banner.get_by_role("button", name="Try now").click()

    expect(banner).to_be_hidden()
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()


@pytest.mark.timing
def test_the_banner_counts_down_to_the_next_try_and_shifts_nothing(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast
) -> None:
    tab = _connected(open_tab, proxy, database, cast)
    height = tab.page.evaluate("document.documentElement.scrollHeight")
    tab.page.evaluate(NOTE)

    proxy.cut()

    eventually(lambda: _counts_down(tab.page.evaluate("said")), seconds=30)
    assert tab.page.evaluate("document.documentElement.scrollHeight") == height
    proxy.restore()
    expect(tab.page.locator("[data-banner]")).to_be_hidden(timeout=20_000)


def test_a_question_whose_acknowledgement_is_lost_is_asked_once(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()
    proxy.network.delay = DELAY_SECONDS
    tab.ask("Once? /tokens 5 /rate 0")
    eventually(lambda: database.messages(where))
    proxy.reset()
    proxy.network.delay = 0.0
    assert tab.page.locator("article").count() == 0, "the tab must not have received it"

    tab.wait_for("complete")
    expect(tab.page.locator("[data-composer-text]")).to_have_value("")
    assert [message.role for message in database.messages(where)] == ["user", "assistant"]


def test_a_half_open_connection_is_detected(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    tab = open_tab(cast.olive, "/conversations", proxy.url)
    tab.page.clock.install()
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 5 /rate 0")
    tab.wait_for("complete")
    proxy.half_open()
    other = open_tab(cast.max, f"/conversations/{where}")
    other.ask("/tokens 5 /rate 0")
    expect(other.page.locator("article[data-status=complete]")).to_have_count(4)
    assert tab.page.locator("article").count() == 2, "the tab must not have received it"

    tab.page.clock.fast_forward(INACTIVITY_MS)

    expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)


def _counts_down(said: list[str]) -> bool:
    seconds = [int(found[1]) for found in map(COUNTS.fullmatch, said) if found]
    return any(later == sooner - 1 for sooner, later in pairwise(seconds))


def _connected(
    open_tab: Open, proxy: Proxy, database: Database, cast: Cast, script: str = ""
) -> Tab:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url, script)
    tab.ask("/tokens 5 /rate 0")
    tab.wait_for("complete")
    return tab
