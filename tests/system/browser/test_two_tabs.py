"""Two tabs, late states and lost events: in the end all pages are equal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually
from tests.system.browser.sampling import SAMPLER, assert_drawn_states_are_in_log
from tests.system.browser.settled import assert_settled, two_tabs
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
Read = Callable[..., Reader]
QUESTION = "Why, [as they say](https://example.org/why)? /think 300 /tokens 100000 /rate 45"
CUT_SECONDS = 3.0
HIDDEN_SECONDS = 0.5
TIMEOUT_MS = 40_000  # a table is written after 12 seconds, and later on a busy machine
NOTED = """window.addEventListener("pageshow", (event) => (window.wasKept = event.persisted));"""
PARTS = ("table", "pre code", "ul li", "a[href='https://example.org/why']")
EARLY_CHUNKS = 3
CHECK_MS = 10_000


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
    _lose_the_network(proxy, follower, reply, first, second)
    first.wait_for_text("content")
    first.leave_and_come_back()
    assert first.page.evaluate("window.wasKept"), "the browser must have kept the page"
    assert first.answer.get_attribute("data-status") == "streaming", (
        "the answer must still be streaming"
    )

    for part in PARTS:
        first.answer.locator(f".message-content {part}").first.wait_for(timeout=TIMEOUT_MS)
    first.press("stop")
    for tab in (first, second):
        tab.wait_for("stopped")
        assert assert_drawn_states_are_in_log(tab.page, follower, reply) > 5
    assert database.message(reply).content.count("http") > 0
    fresh = open_tab_in_window(cast.max, path)
    for part in PARTS:
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


def _lose_the_network(proxy: Proxy, follower: Reader, reply: str, *tabs: Tab) -> None:
    for tab in tabs:
        tab.page.context.set_offline(True)
    proxy.cut()
    eventually(lambda: _held(tabs) == _later(CUT_SECONDS, tabs))  # what has come is drawn
    lost = _held(tabs)
    received = follower.message(reply).seq
    assert all(int(held or 0) < received for held in lost), "the network must be cut"
    proxy.restore()
    for tab in tabs:
        tab.page.context.set_offline(False)
    eventually(lambda: _held(tabs) != lost)


def _held(tabs: Sequence[Tab]) -> list[str | None]:
    return [tab.answer.get_attribute("data-seq") for tab in tabs]


def _later(seconds: float, tabs: Sequence[Tab]) -> list[str | None]:
    time.sleep(seconds)
    return _held(tabs)


class LateState:
    """Holds back the page's first state, and what follows it in order, until chunks have passed."""

    def __init__(self, tab: Tab) -> None:
        self.joins = self.early = 0
        self.held: list[str] = []
        self.is_over = False
        tab.page.route_web_socket("**/socket.io/**", self._intercept)

    def _intercept(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        browser.on_message(lambda message: self._to_server(str(message), server))
        server.on_message(lambda message: self._to_browser(str(message), browser))

    def _to_server(self, message: str, server: WebSocketRoute) -> None:
        self.joins += '["join"' in message
        server.send(message)

    def _to_browser(self, message: str, browser: WebSocketRoute) -> None:
        is_chunk = '["chunk"' in message
        if not self.is_over and not is_chunk and (self.held or '["current_state"' in message):
            self.held.append(message)
        else:
            browser.send(message)
        if self.held and is_chunk:
            self.early += 1
            if self.early == EARLY_CHUNKS:
                self._release(browser)

    def _release(self, browser: WebSocketRoute) -> None:
        self.is_over = True
        for message in self.held:
            browser.send(message)
        self.held.clear()


def test_a_page_is_in_step_after_one_join(
    open_tab: Callable[..., Tab], read: Callable[..., Reader], database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Long. /think 0 /tokens 4000 /rate 20")["reply"]
    eventually(lambda: olive.has_text(reply))
    tab = open_tab(cast.olive, "/conversations")
    late = LateState(tab)
    tab.page.goto(f"/conversations/{where}")
    eventually(lambda: tab.answer.is_visible() and late.is_over)
    shown = int(tab.answer.get_attribute("data-seq") or 0)
    eventually(lambda: int(tab.answer.get_attribute("data-seq") or 0) > shown + EARLY_CHUNKS)
    assert olive.ask("stop", {"id": reply})["ok"]
    tab.wait_for("stopped")
    assert late.joins == 1
    assert_settled(open_tab, cast, where, tab)


def test_an_answer_that_ends_between_rendering_and_joining_is_shown_with_its_end(
    open_tab: Open, read: Read, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Slow. /think 20 /tokens 100000 /rate 50")["reply"]
    eventually(lambda: olive.has_text(reply))

    proxy.hold(b"GET /socket.io/")
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    assert tab.answer.get_attribute("data-status") == "streaming", (
        "the page must be rendered before the end"
    )
    assert olive.ask("stop", {"id": reply})["ok"]
    eventually(lambda: database.message(reply).status == "stopped")
    assert tab.answer.get_attribute("data-status") == "streaming", (
        "the page must not have joined yet"
    )
    proxy.release()

    tab.wait_for("stopped")
    assert_settled(open_tab, cast, where, tab)


def test_a_lost_streaming_end_is_noticed_within_ten_seconds(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, "/conversations")
    lost = _lose_ends(tab)
    tab.page.clock.install()
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 40 /rate 100")
    eventually(
        lambda: tab.answer.is_visible() and lost
    )  # checking also lets Playwright deliver messages
    assert tab.answer.get_attribute("data-status") == "streaming"

    tab.page.clock.fast_forward(CHECK_MS)

    tab.wait_for("complete")
    assert_settled(open_tab, cast, where, tab)


def test_two_questions_at_once_are_answered_in_turn(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.page.fill("[data-composer-text]", "First /tokens 40 /rate 60")
    second.page.fill("[data-composer-text]", "Second /tokens 40 /rate 60")
    for tab in (first, second):
        tab.page.press("[data-composer-text]", "Enter")

    eventually(lambda: [m.status for m in database.messages(where)] == ["complete"] * 4)

    for tab in (first, second):
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)
        expect(tab.page.locator("[data-composer-text]")).to_have_value("")
        said = " ".join(tab.texts)
        assert said.count("First /tokens") == said.count("Second /tokens") == 1
    assert_settled(open_tab, cast, where, first, second)


def _lose_ends(tab: Tab) -> list[str]:
    """Drop every `streaming_end` on its way to the tab; return the list of those dropped."""
    lost: list[str] = []

    def intercept(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda message: pass_on(str(message), browser))

    def pass_on(message: str, browser: WebSocketRoute) -> None:
        if "streaming_end" in message:
            lost.append(message)
        else:
            browser.send(message)

    tab.page.route_web_socket("**/socket.io/**", intercept)
    return lost
