"""Two tabs of a conversation end equal to a freshly loaded page, whatever faults they meet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually
from tests.system.browser.sampling import SAMPLER, assert_drawn_states_are_in_log
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]

QUESTION = "Why, [as they say](https://example.org/why)? /think 300 /tokens 480 /rate 45"
CUT_SECONDS = 3.0
HIDDEN_SECONDS = 0.5
TIMEOUT_MS = 40_000  # the answer takes 12 seconds, and longer on a busy machine
DRAWN_SECONDS = 0.5  # until received text is drawn
NOTED = """window.addEventListener("pageshow", (event) => (window.wasKept = event.persisted));"""


@pytest.mark.slow
def test_both_tabs_equal_a_fresh_page_after_lost_network_hiding_and_going_back(
    open_tab_in_window: Open, read: Read, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    path = f"/conversations/{where}"
    follower = read(cast.max, where)
    first = open_tab_in_window(cast.olive, path, proxy.url, SAMPLER + NOTED)
    reply = _ask(first, QUESTION)
    first.wait_for_text("thinking")

    second = open_tab_in_window(cast.max, path, proxy.url, SAMPLER + NOTED)
    assert "Thinking" in second.texts[1]
    second.hide_and_show(HIDDEN_SECONDS)
    _lose_the_network(proxy, first, second)
    first.wait_for_text("content")
    first.leave_and_come_back()
    assert first.page.evaluate("window.wasKept"), "the browser must have kept the page"
    assert first.answer.get_attribute("data-status") == "streaming", (
        "the answer must still be streaming"
    )

    for tab in (first, second):
        tab.page.set_default_timeout(TIMEOUT_MS)
        tab.wait_for("complete")
        assert assert_drawn_states_are_in_log(tab.page, follower, reply) > 5
    assert database.message(reply).content.count("http") > 0
    fresh = open_tab_in_window(cast.max, path)
    for part in ("table", "pre code", "ul li", "a[href='https://example.org/why']"):
        assert fresh.answer.locator(f".message-content {part}").count(), part
    assert first.articles == second.articles == fresh.articles
    assert second.texts == fresh.texts
    assert (
        first.texts == open_tab_in_window(cast.olive, path).texts
    )  # only Olive may edit her question


def _ask(tab: Tab, question: str) -> str:
    tab.ask(question)
    tab.wait_for("streaming")
    return tab.answer.get_attribute("id") or ""


def _lose_the_network(proxy: Proxy, *tabs: Tab) -> None:
    for tab in tabs:
        tab.page.context.set_offline(True)
    proxy.cut()
    eventually(lambda: _held(tabs) == _later(DRAWN_SECONDS, tabs))
    lost = _held(tabs)
    assert _later(CUT_SECONDS, tabs) == lost, "the network must be cut"
    proxy.restore()
    for tab in tabs:
        tab.page.context.set_offline(False)
    eventually(lambda: _held(tabs) != lost)


def _held(tabs: Sequence[Tab]) -> list[str | None]:
    return [tab.answer.get_attribute("data-seq") for tab in tabs]


def _later(seconds: float, tabs: Sequence[Tab]) -> list[str | None]:
    time.sleep(seconds)
    return _held(tabs)
