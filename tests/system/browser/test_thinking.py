"""A reader sees that a model thinks, for how long it has, and how long it took."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.records import Records
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SLOW = "Why? /think 200 /tokens 20 /rate 20"
SO_FAR = re.compile(r"^Thinking for (\d+) s$")
TOOK = re.compile(r"^Thought for (\d+) s$")


def test_it_counts_while_it_thinks_and_says_the_same_to_who_comes_late(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where = records.conversation(cast.olive, cast.max)
    first = open_tab(cast.olive, f"/conversations/{where}")
    first.ask(SLOW)
    expect(title(first)).to_have_text("Thinking for 2 s")
    late = open_tab(cast.max, f"/conversations/{where}")
    assert abs(seconds(first) - seconds(late)) <= 1
    assert [is_open(tab) for tab in (first, late)] == [True, True]

    for tab in (first, late):
        tab.waits_for("complete")
    fresh = open_tab(cast.max, f"/conversations/{where}")

    expect(title(first)).to_have_text(TOOK)
    assert len({title(tab).inner_text() for tab in (first, late, fresh)}) == 1
    assert [is_open(tab) for tab in (first, late, fresh)] == [False] * 3
    assert len({tab.answer.locator(".message-stats").inner_text() for tab in (first, fresh)}) == 1


def test_what_a_reader_has_opened_or_closed_stays_so_for_that_reader(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where = records.conversation(cast.olive, cast.max)
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask(SLOW)
    olive.waits_for_text("thinking")
    max = open_tab(cast.max, f"/conversations/{where}")
    title(olive).click()
    assert not is_open(olive) and is_open(max)
    olive.page.reload()
    assert not is_open(olive)
    title(olive).click()

    olive.waits_for("complete")
    assert is_open(olive), "the end of the thinking does not close what a reader has opened"
    olive.page.reload()

    assert is_open(olive) and not is_open(max)


def title(tab: Tab) -> Locator:
    return tab.answer.locator("summary")


def seconds(tab: Tab) -> int:
    found = SO_FAR.match(title(tab).inner_text())
    assert found
    return int(found[1])


def is_open(tab: Tab) -> bool:
    return bool(tab.answer.locator("details").evaluate("details => details.open"))
