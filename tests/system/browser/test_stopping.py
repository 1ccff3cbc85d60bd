"""A stop, a retry, a failure: both tabs of a conversation come to the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.settled import assert_settled, assert_stopped, two_tabs
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ENDLESS = "/think 100 /tokens 2000 /rate 50"


def test_stopped_before_the_first_text(open_tab: Open, database: Database, cast: Cast) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask("/tokens 9 /hang after 0")
    for tab in (first, second):
        tab.waits_for("streaming")
        expect(tab.answer.locator(".message-waiting")).to_be_visible()
        expect(tab.answer.locator("[data-action=stop]")).to_be_visible()

    first.press("stop")

    assert_stopped(first, second)
    assert_settled(open_tab, cast, where, first, second)


def test_stopped_during_thinking_from_the_other_tab(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask(ENDLESS)
    second.waits_for_text("thinking")

    second.press("stop")

    assert_stopped(first, second)
    assert first.answer.locator(".message-content").text_content() == ""
    assert first.answer.locator(".message-thinking").text_content() != ""
    assert_settled(open_tab, cast, where, first, second)


def test_a_retry_replaces_the_answer_in_both_tabs(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask(ENDLESS)
    second.waits_for_text("thinking")
    second.press("stop")
    assert_stopped(first, second)
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
    assert_stopped(first, second)
    assert_settled(open_tab, cast, where, first, second)


def test_a_failure_says_so(open_tab: Open, database: Database, cast: Cast) -> None:
    where, first, second = two_tabs(open_tab, database, cast)
    first.ask("/tokens 40 /rate 100 /fail after 20")
    for tab in (first, second):
        tab.waits_for("failed")
        expect(tab.answer.locator(".message-error")).to_have_text(
            "The demo failed, as the question asked it to."
        )
        expect(tab.answer.locator("[data-action=retry]")).to_be_visible()
    assert_settled(open_tab, cast, where, first, second)
