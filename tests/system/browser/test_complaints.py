"""What has worked and what has not is said: to those who look, and to those who listen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.proxy import Proxy
from tests.support.records import Records
from tests.system.browser.conversing import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ALLOWED = ["clipboard-read", "clipboard-write"]
CLIPBOARD = "() => navigator.clipboard.readText()"
BACK_MS = 20_000  # the next try may be a while away
AT_ONCE_MS = 3000  # what waits for an answer of the server waits for ten seconds
# A browser in which nothing can be copied.
FORBIDDEN = """
const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
navigator.clipboard.write = navigator.clipboard.writeText = refuse;
"""


@pytest.fixture
def where(records: Records, cast: Cast) -> str:
    """A conversation of two questions of Olive's with their answers."""
    where = records.conversation(cast.olive)
    fill(records, where, cast.olive, 2)
    return where


@pytest.fixture
def cut_off(open_tab: Open, proxy: Proxy, cast: Cast, where: str) -> Tab:
    """A tab of Olive's that has lost its connection."""
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url, permissions=ALLOWED)
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for("streaming")
    tab.page.reload()
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()
    tab.waits_for_text("content")
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    return tab


def test_what_the_server_would_have_to_be_asked_for_fails_at_once(cut_off: Tab) -> None:
    cut_off.page.locator("[data-action=copy]").first.press("Enter")

    expect(complaint(cut_off)).to_have_text("That could not be copied.", timeout=AT_ONCE_MS)
    expect(complaint(cut_off)).to_have_role("alert")
    expect(cut_off.page.locator("[data-banner-text]")).to_contain_text("connection is lost")
    cut_off.page.fill("[data-composer-text]", "Well, then")
    expect(complaint(cut_off)).to_be_hidden()


def test_the_last_question_can_be_edited_without_a_connection(
    cut_off: Tab, proxy: Proxy, records: Records, where: str
) -> None:
    cut_off.page.press("[data-composer-text]", "ArrowUp")
    expect(cut_off.page.locator("[data-composer-editing]")).to_be_visible(timeout=AT_ONCE_MS)
    cut_off.ask("Better? /tokens 5 /rate 0")
    expect(cut_off.page.locator("[data-composer-note]")).to_contain_text("will be sent")
    assert records.messages(where)[-2].content.startswith("Hang?")

    proxy.restore()

    cut_off.waits_for("complete")
    assert records.messages(where)[-2].content == "Better? /tokens 5 /rate 0"
    assert len(records.messages(where)) == 6


def test_a_retry_is_done_when_the_connection_is_back(
    open_tab: Open, proxy: Proxy, records: Records, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    expect(tab.page.locator("[data-composer-text]")).to_be_editable()
    proxy.cut()
    expect(tab.page.locator("[data-banner]")).to_be_visible()
    before = records.messages(where)[-1].id
    tab.press("retry")
    proxy.restore()

    expect(tab.page.locator(f"[id='{before}']")).to_have_count(0, timeout=BACK_MS)
    expect(tab.page.locator("article")).to_have_count(4, timeout=BACK_MS)
    assert records.messages(where)[-1].id != before


@pytest.mark.parametrize("query", ["", "?before=4"])
def test_a_copy_that_fails_is_complained_of(
    open_tab: Open, cast: Cast, where: str, query: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}{query}", script=FORBIDDEN)

    tab.press("copy")

    expect(complaint(tab)).to_be_visible()
    expect(complaint(tab)).to_have_text("That could not be copied.")


@pytest.mark.parametrize("query", ["", "?before=4"])
def test_a_copy_that_works_is_said(open_tab: Open, cast: Cast, where: str, query: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}{query}", permissions=ALLOWED)

    tab.press("copy")

    expect(tab.page.get_by_role("status")).to_have_text("Copied.")
    expect(tab.page.locator(".visually-hidden[role=status]")).to_have_count(1)


def test_a_key_shows_that_it_has_copied(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_text("Copied.")).to_be_in_viewport(ratio=1)
    expect(tab.page.locator(".visually-hidden[role=status]")).to_have_count(1)
    expect(tab.page.get_by_role("status")).to_have_text("")


def test_an_answer_without_text_is_not_copied(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.ask("Wait /tokens 9 /hang after 0")
    tab.waits_for("streaming")
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()
    tab.press("stop")
    tab.waits_for("stopped")
    tab.page.evaluate("document.activeElement.blur()")

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_role("status")).to_have_text("Copied.")
    assert tab.page.evaluate(CLIPBOARD) == "Answer 2, paragraph 1."
    tab.page.reload()
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()


def complaint(tab: Tab) -> Locator:
    return tab.page.locator("[data-complaint]")
