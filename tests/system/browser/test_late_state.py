"""On a busy server, chunks arrive before the state that a page has asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually
from tests.system.browser.settled import assert_settled
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

EARLY_CHUNKS = 3


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
