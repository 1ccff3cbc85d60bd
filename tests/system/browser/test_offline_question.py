"""A question asked without a connection waits visibly and is sent once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

RECONNECT_MS = 20_000  # includes a long delay before the next try


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


@pytest.fixture
def offline(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> Tab:
    """A tab of Olive's that has lost its connection."""
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.wait_for_text("content")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    return tab


def test_a_question_is_sent_once_after_reconnecting(
    open_tab: Open, offline: Tab, proxy: Proxy, database: Database, cast: Cast, where: str
) -> None:
    max = open_tab(cast.max, f"/conversations/{where}")
    offline.ask("Once? /tokens 5 /rate 0")
    expect(note(offline)).to_contain_text("will be sent")
    expect(text(offline)).to_have_value("Once? /tokens 5 /rate 0")
    expect(text(offline)).not_to_be_editable()
    assert max.page.locator("article").count() == 2
    assert_accessible(offline.page)
    later = {"name": "later.txt", "mimeType": "text/plain", "buffer": b"For the next one"}
    offline.page.locator("[data-composer-attach]").set_input_files([later])
    expect(note(offline)).to_contain_text("These files wait for the next one")

    proxy.restore()
    try_now(offline)

    expect(text(offline)).to_have_value("", timeout=RECONNECT_MS)
    for tab in (offline, max):
        expect(tab.page.locator("article")).to_have_count(
            3
        )  # its answer waits for the one that hangs
    assert [message.role for message in database.messages(where)] == ["user", "assistant", "user"]
    expect(note(offline)).to_be_hidden()
    expect(text(offline)).to_be_editable()
    uploaded = offline.page.locator(".file-chip[data-uploaded=true]")
    expect(uploaded.locator(".file-name")).to_have_text(["later.txt"], timeout=60_000)
    assert max.page.locator(".message-file").count() == 0


def test_a_question_survives_closing_its_page(
    offline: Tab, proxy: Proxy, database: Database, where: str
) -> None:
    offline.ask("Once? /tokens 5 /rate 0")
    expect(note(offline)).to_be_visible()
    first = offline.page
    offline.page = first.context.new_page()
    first.close()
    proxy.restore()

    offline.page.goto(f"/conversations/{where}")

    expect(offline.page.locator("article")).to_have_count(3)
    expect(text(offline)).to_have_value("")
    assert [message.role for message in database.messages(where)] == ["user", "assistant", "user"]


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_questions_of_two_tabs_are_sent_once_even_if_tabs_were_closed(
    offline: Tab, proxy: Proxy, database: Database, where: str, closed: int
) -> None:
    one, other = offline, _another_tab(offline, proxy, where)
    for tab, question in ((one, "One? /tokens 5 /rate 0"), (other, "Other? /tokens 5 /rate 0")):
        tab.ask(question)
        expect(note(tab)).to_contain_text("will be sent")
    left = [one, other][: 2 - closed]
    context = one.page.context
    fresh = context.new_page()  # which keeps the context open
    for tab in [one, other][2 - closed :]:
        tab.page.close()
    proxy.restore()

    for tab in left:
        try_now(tab)
    if not left:
        one.page = context.new_page()
        one.page.goto(f"/conversations/{where}")
        left = [one]

    for tab in left:
        expect(tab.page.locator("article")).to_have_count(4, timeout=RECONNECT_MS)
        expect(text(tab)).to_have_value("")
        expect(text(tab)).to_be_editable()
    asked = [message.content for message in database.messages(where) if message.role == "user"]
    assert sorted(asked[1:]) == ["One? /tokens 5 /rate 0", "Other? /tokens 5 /rate 0"]
    fresh.goto(f"/conversations/{where}")
    expect(fresh.locator("[data-composer-text]")).to_be_editable()
    expect(fresh.locator("[data-composer-text]")).to_have_value("")


def _another_tab(tab: Tab, proxy: Proxy, where: str) -> Tab:
    """Open the conversation in another tab of the same browser, which loses its connection too."""
    proxy.restore()
    other = Tab(tab.page.context.new_page())
    other.page.goto(f"/conversations/{where}")
    for each in (tab, other):
        expect(each.page.locator("[data-banner]")).to_be_hidden(timeout=RECONNECT_MS)
    other.wait_for_text("content")
    proxy.cut()
    for each in (tab, other):
        expect(each.page.locator("[data-banner]")).to_be_visible()
    return other


def try_now(tab: Tab) -> None:
    """Press the button, unless the connection is restored already."""
    tab.page.locator("[data-banner-action]").evaluate("button => button.click()")


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def note(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-note]")
