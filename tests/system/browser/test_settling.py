"""Whatever ends an answer, wherever and when, each tab settles on the same page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.support.cast import Cast
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]

ENDLESS = "/think 100 /tokens 2000 /rate 50"
CHECK_MS = 10_000


def test_an_answer_that_ends_between_rendering_and_joining(
    open_tab: Open, read: Read, proxy: Proxy, records: Records, cast: Cast
) -> None:
    where = records.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Quick. /think 20 /tokens 90 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))

    proxy.hold(b"GET /socket.io/")
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    assert tab.answer.get_attribute("data-status") == "streaming", "it was rendered too late"
    eventually(lambda: records.message(reply).status == "complete")
    assert tab.answer.get_attribute("data-status") == "streaming", "it must not know yet"
    proxy.release()

    tab.waits_for("complete")
    _assert_settled(open_tab, cast, where, tab)


def test_an_end_that_is_lost_is_noticed_within_ten_seconds(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where = records.conversation(cast.olive)
    tab = open_tab(cast.olive, "/conversations")
    lost = _lose_ends(tab)
    tab.page.clock.install()
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 40 /rate 100")
    eventually(lambda: tab.answer.is_visible() and lost)  # a look lets messages pass, too
    assert tab.answer.get_attribute("data-status") == "streaming"

    tab.page.clock.fast_forward(CHECK_MS)

    tab.waits_for("complete")
    _assert_settled(open_tab, cast, where, tab)


def test_stopped_before_the_first_text(open_tab: Open, records: Records, cast: Cast) -> None:
    where, first, second = _two_tabs(open_tab, records, cast)
    first.ask("/tokens 9 /hang after 0")
    for tab in (first, second):
        tab.waits_for("streaming")
        expect(tab.answer.locator(".message-waiting")).to_be_visible()
        expect(tab.answer.locator("[data-action=stop]")).to_be_visible()

    first.press("stop")

    _assert_stopped(first, second)
    _assert_settled(open_tab, cast, where, first, second)


def test_stopped_during_thinking_from_the_other_tab(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where, first, second = _two_tabs(open_tab, records, cast)
    first.ask(ENDLESS)
    second.waits_for_text("thinking")

    second.press("stop")

    _assert_stopped(first, second)
    assert first.answer.locator(".message-content").text_content() == ""
    assert first.answer.locator(".message-thinking").text_content() != ""
    _assert_settled(open_tab, cast, where, first, second)


def test_a_retry_replaces_the_answer_in_both_tabs(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where, first, second = _two_tabs(open_tab, records, cast)
    first.ask(ENDLESS)
    second.waits_for_text("thinking")
    second.press("stop")
    _assert_stopped(first, second)
    old = first.answer.get_attribute("id")
    first.page.evaluate("window.isTheSamePage = true")

    first.press("retry")

    for tab in (first, second):
        tab.waits_for("streaming")
        tab.waits_for_text("thinking")
        assert tab.answer.get_attribute("id") != old
        assert tab.page.locator("article").count() == 2
    assert first.page.evaluate("window.isTheSamePage"), "it has loaded itself again"
    second.press("stop")
    _assert_stopped(first, second)
    _assert_settled(open_tab, cast, where, first, second)


def test_a_failure_says_so(open_tab: Open, records: Records, cast: Cast) -> None:
    where, first, second = _two_tabs(open_tab, records, cast)
    first.ask("/tokens 40 /rate 100 /fail after 20")
    for tab in (first, second):
        tab.waits_for("failed")
        expect(tab.answer.locator(".message-error")).to_have_text(
            "The demo failed, as the question asked it to."
        )
        expect(tab.answer.locator("[data-action=retry]")).to_be_visible()
    _assert_settled(open_tab, cast, where, first, second)


def test_two_questions_at_once_are_answered_in_turn(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where, first, second = _two_tabs(open_tab, records, cast)
    first.page.fill("[data-composer-text]", "First /tokens 40 /rate 60")
    second.page.fill("[data-composer-text]", "Second /tokens 40 /rate 60")
    for tab in (first, second):
        tab.page.press("[data-composer-text]", "Enter")

    eventually(lambda: [m.status for m in records.messages(where)] == ["complete"] * 4)

    for tab in (first, second):
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)
        expect(tab.page.locator("[data-composer-text]")).to_have_value("")
        said = " ".join(tab.texts)
        assert said.count("First /tokens") == said.count("Second /tokens") == 1
    _assert_settled(open_tab, cast, where, first, second)


def _two_tabs(open_tab: Open, records: Records, cast: Cast) -> tuple[str, Tab, Tab]:
    where = records.conversation(cast.olive, cast.max)
    path = f"/conversations/{where}"
    return where, open_tab(cast.olive, path), open_tab(cast.max, path)


def _assert_stopped(*tabs: Tab) -> None:
    for tab in tabs:
        tab.waits_for("stopped")
        expect(tab.answer.locator(".message-error")).to_have_text("Stopped.")
        expect(tab.answer.locator("[data-action=stop]")).to_be_hidden()


def _assert_settled(open_tab: Open, cast: Cast, where: str, *tabs: Tab) -> None:
    """Nothing turns any more, and each page is what a fresh one is."""
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    for tab in tabs:
        assert tab.page.locator("[aria-busy=true]").count() == 0
        expect(tab.answer.locator(".message-waiting")).to_be_hidden()
        assert tab.articles == fresh.articles


def _lose_ends(tab: Tab) -> list[str]:
    """Lose every `streaming_end` on the way to the tab; return where those are noted."""
    lost: list[str] = []

    def stand_between(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda message: pass_on(str(message), browser))

    def pass_on(message: str, browser: WebSocketRoute) -> None:
        if "streaming_end" in message:
            lost.append(message)
        else:
            browser.send(message)

    tab.page.route_web_socket("**/socket.io/**", stand_between)
    return lost
