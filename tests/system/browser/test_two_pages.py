"""Two pages of one conversation, whatever happens to them: both end as a page loaded afresh."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually
from tests.system.browser.sampling import SAMPLER, assert_always_a_beginning
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]

QUESTION = "Why, [as they say](https://example.org/why)? /think 300 /tokens 480 /rate 45"
CUT_SECONDS = 3.0
HIDDEN_SECONDS = 0.5
PATIENCE_MS = 40_000  # the answer takes 12 seconds, and longer on a busy machine
PAINTED_SECONDS = 0.5  # until what has come is on the page
NOTED = """window.addEventListener("pageshow", (event) => (window.wasKept = event.persisted));"""


@pytest.mark.slow
def test_both_end_as_a_fresh_page_whatever_happens(
    open_tab_in_window: Open, read: Read, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    path = f"/conversations/{where}"
    follower = read(cast.max, where)
    first = open_tab_in_window(cast.olive, path, proxy.url, SAMPLER + NOTED)
    reply = _ask(first, QUESTION)
    first.waits_for_text("thinking")

    second = open_tab_in_window(cast.max, path, proxy.url, SAMPLER + NOTED)
    assert "Thinking" in second.texts[1]
    second.hide_and_show(HIDDEN_SECONDS)
    _lose_the_network(proxy, first, second)
    first.waits_for_text("content")
    first.leave_and_come_back()
    assert first.page.evaluate("window.wasKept"), "the browser must have kept the page"
    assert first.answer.get_attribute("data-status") == "streaming", "it must still be on its way"

    for tab in (first, second):
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.waits_for("complete")
        assert assert_always_a_beginning(tab.page, follower, reply) > 5
    assert database.message(reply).content.count("http") > 0
    fresh = open_tab_in_window(cast.max, path)
    for part in ("table", "pre code", "ul li", "a[href='https://example.org/why']"):
        assert fresh.answer.locator(f".message-content {part}").count(), part
    assert first.articles == second.articles == fresh.articles
    assert second.texts == fresh.texts
    assert first.texts == open_tab_in_window(cast.olive, path).texts  # she may edit her question


def _ask(tab: Tab, question: str) -> str:
    tab.ask(question)
    tab.waits_for("streaming")
    return tab.answer.get_attribute("id") or ""


def _lose_the_network(proxy: Proxy, *tabs: Tab) -> None:
    for tab in tabs:
        tab.page.context.set_offline(True)
    proxy.cut()
    eventually(lambda: _held(tabs) == _later(PAINTED_SECONDS, tabs))
    lost = _held(tabs)
    assert _later(CUT_SECONDS, tabs) == lost, "it still hears something"
    proxy.restore()
    for tab in tabs:
        tab.page.context.set_offline(False)
    eventually(lambda: _held(tabs) != lost)


def _held(tabs: Sequence[Tab]) -> list[str | None]:
    return [tab.answer.get_attribute("data-seq") for tab in tabs]


def _later(seconds: float, tabs: Sequence[Tab]) -> list[str | None]:
    time.sleep(seconds)
    return _held(tabs)
