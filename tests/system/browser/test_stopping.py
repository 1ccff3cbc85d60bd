"""A stop, a retry, a failure and an interruption reach both tabs of a conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible
from tests.system.browser.settled import assert_settled, assert_stopped, two_tabs
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
SECOND_CLICK_MS = 200
TOO_LATE_MS = 500
# Clicks on Retry, and on the next one as soon as it is in the same place; returns when that was,
# and on whose answer.
CLICK_TWICE = """async ([clientX, clientY]) => {
  const retry = () => document.elementFromPoint(clientX, clientY)?.closest("[data-action=retry]");
  const here = { clientX, clientY, detail: 1, bubbles: true, cancelable: true };
  const click = (button) => button.dispatchEvent(new MouseEvent("click", here));
  const [first, began] = [retry(), performance.now()];
  click(first);
  while (!retry() || retry() === first) await new Promise(requestAnimationFrame);
  const elapsed = performance.now() - began;
  const { id } = retry().closest("article");
  click(retry());
  return [elapsed, id];
}"""
ENDLESS = "/think 2000 /tokens 2000 /rate 50"
RECONNECT_MS = 20_000  # includes a long delay before the next try


def test_a_stop_before_the_first_text_reaches_both_tabs(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask("/tokens 9 /hang after 0")
    for tab in (first, second):
        tab.wait_for("streaming")
        expect(tab.answer.locator(".message-waiting")).to_be_visible()
        expect(tab.stop).to_be_visible()

    first.press("stop")

    assert_stopped(cast.olive, first, second)
    assert_settled(open_tab, cast, where, first, second)


def test_a_retry_replaces_the_answer_in_both_tabs(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask(ENDLESS)
    second.wait_for_text("thinking")
    second.press("stop")
    assert_stopped(cast.max, first, second)
    assert first.answer.locator(".message-content").text_content() == ""
    assert first.answer.locator(".message-thinking").text_content() != ""
    assert_settled(open_tab, cast, where, first, second)
    old = first.answer.get_attribute("id")
    first.page.evaluate("window.isTheSamePage = true")

    first.press("retry")

    for tab in (first, second):
        tab.wait_for("streaming")
        tab.wait_for_text("thinking")
        assert tab.answer.get_attribute("id") != old
        assert tab.page.locator("article").count() == 2
    assert first.page.evaluate("window.isTheSamePage"), "the page has been reloaded"
    second.press("stop")
    assert_stopped(cast.max, first, second)
    assert_settled(open_tab, cast, where, first, second)


def test_a_failed_answer_says_why_in_both_tabs(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask("/tokens 40 /rate 100 /fail after 20")
    for tab in (first, second):
        tab.wait_for("failed")
        expect(tab.answer.locator(".message-error")).to_have_text(
            "The demo failed, as the question asked it to."
        )
        expect(tab.answer.locator("[data-action=retry]")).to_be_visible()
    assert_settled(open_tab, cast, where, first, second)


def test_a_second_click_where_stop_was_changes_nothing(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, tab, _ = two_tabs(open_tab, database, cast)
    tab.ask(ENDLESS)
    tab.wait_for_text("thinking")
    x, y = middle_of(tab.stop)
    assert tab.answer.locator("[data-action=retry]").is_hidden()

    tab.page.mouse.click(x, y)
    tab.wait_for("stopped")
    tab.page.wait_for_timeout(SECOND_CLICK_MS)
    tab.page.mouse.click(x, y)

    retry = tab.answer.locator("[data-action=retry]").bounding_box()
    stop = tab.page.locator("[data-composer-send]").bounding_box()
    assert retry and stop and retry["y"] + retry["height"] <= stop["y"], "Retry must be elsewhere"
    tab.page.wait_for_timeout(SECOND_CLICK_MS)
    assert [message.status for message in database.messages(where)] == ["complete", "stopped"]


def test_a_second_click_where_send_was_stops_nothing(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    _, tab, _ = two_tabs(open_tab, database, cast)
    tab.page.fill("[data-composer-text]", ENDLESS)
    x, y = middle_of(tab.page.locator("[data-composer-send]"))

    tab.page.mouse.click(x, y)
    expect(tab.stop).to_be_visible()
    tab.page.mouse.click(x, y)

    tab.wait_for_text("thinking")
    expect(tab.answer).to_have_attribute("data-status", "streaming")
    tab.press("stop")
    tab.wait_for("stopped")


def test_a_second_click_where_retry_was_does_not_retry_again(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    _, tab, _ = two_tabs(open_tab, database, cast)
    tab.ask("Quick? /tokens 1 /rate 0")
    tab.wait_for("complete")
    first = tab.answer.get_attribute("id")
    retry = tab.answer.locator("[data-action=retry]")
    elapsed, second = tab.page.evaluate(CLICK_TWICE, middle_of(retry))

    assert second != first
    tab.page.wait_for_timeout(SECOND_CLICK_MS)
    if elapsed < TOO_LATE_MS:  # on a busy machine it is a click of its own
        assert tab.answer.get_attribute("id") == second


def test_stop_makes_room_for_send_while_something_is_written(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, tab, other = two_tabs(open_tab, database, cast)
    send = tab.page.locator("[data-composer-send]")
    tab.ask("Quick? /tokens 9 /rate 0")
    tab.wait_for("complete")
    expect(send).to_be_visible()
    expect(tab.stop).to_be_hidden()
    place = middle_of(send)
    tab.ask(ENDLESS)
    expect(tab.stop).to_be_visible()
    expect(send).to_be_hidden()
    assert middle_of(tab.stop) == pytest.approx(place, abs=1)
    tab.page.fill("[data-composer-text]", "And then? /tokens 1 /rate 0")
    expect(send).to_be_visible()
    expect(tab.stop).to_be_hidden()
    assert middle_of(send) == pytest.approx(place, abs=1)

    fresh = open_tab(cast.max, f"/conversations/{where}")
    for each in (fresh, other):
        expect(each.stop).to_be_visible()
        assert each.stop.get_attribute("data-message") == tab.answer.get_attribute("id")
        assert each.stop.get_attribute("formaction") == other.stop.get_attribute("formaction")
    tab.page.press("[data-composer-text]", "Escape")

    for each in (tab, fresh, other):
        each.wait_for("stopped")
        expect(each.stop).to_be_hidden()
    expect(send).to_be_visible()


def middle_of(part: Locator) -> tuple[float, float]:
    """Return where a pointer clicks on an element."""
    box = part.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def own_server(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server that only this test uses, on the same database."""
    with Server(server.database_url, tmp_path / "server.log", LEASE_SECONDS="3") as own_server:
        yield own_server


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_interrupted_answer_says_so_and_can_be_retried(
    open_tab: Open, own_server: Server, proxy: Proxy, database: Database, cast: Cast, end: str
) -> None:
    where = database.conversation(cast.olive)
    proxy.target = own_server.url
    tab = open_tab(cast.olive, f"/conversations/{where}", proxy.url)
    tab.ask("Go on /think 5 /tokens 2000 /rate 100")
    tab.wait_for_text()
    before = database.messages(where)[-1]

    getattr(own_server, end)()
    own_server.start()
    proxy.target = own_server.url

    tab.page.set_default_timeout(RECONNECT_MS)
    tab.wait_for("interrupted")
    expect(tab.answer.locator(".message-error")).to_have_text("This answer was cut off.")
    after = database.message(before.id)
    assert (after.status, before.status) == ("interrupted", "streaming")
    assert after.content.startswith(before.content) and before.content
    assert_settled(open_tab, cast, where, tab)
    assert_accessible(tab.page)
    tab.press("retry")
    tab.wait_for("streaming")
    tab.wait_for_text()
    tab.press("stop")
    tab.wait_for("stopped")
