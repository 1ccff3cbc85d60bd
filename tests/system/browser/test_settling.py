"""Whatever ends an answer, wherever and when, each tab settles on the same page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually
from tests.system.browser.settled import assert_settled, two_tabs
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]

CHECK_MS = 10_000


def test_an_answer_that_ends_between_rendering_and_joining(
    open_tab: Open, read: Read, proxy: Proxy, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Quick. /think 20 /tokens 90 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))

    proxy.hold(b"GET /socket.io/")
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    assert tab.answer.get_attribute("data-status") == "streaming", "it was rendered too late"
    eventually(lambda: database.message(reply).status == "complete")
    assert tab.answer.get_attribute("data-status") == "streaming", "it must not know yet"
    proxy.release()

    tab.waits_for("complete")
    assert_settled(open_tab, cast, where, tab)


def test_an_end_that_is_lost_is_noticed_within_ten_seconds(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, "/conversations")
    lost = _lose_ends(tab)
    tab.page.clock.install()
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 40 /rate 100")
    eventually(lambda: tab.answer.is_visible() and lost)  # a look lets messages pass, too
    assert tab.answer.get_attribute("data-status") == "streaming"

    tab.page.clock.fast_forward(CHECK_MS)

    tab.waits_for("complete")
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
