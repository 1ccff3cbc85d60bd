"""The thinking of a model and its duration."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SLOW = "Why? /think 90 /tokens 10 /rate 5"
TIMEOUT_MS = 60_000  # the model thinks for twenty seconds, so that two pages can be opened
SO_FAR = re.compile(r"^Thinking for (\d+) s$")
STATS = re.compile(r"^\d+ s · \d+ tokens$")
COST = re.compile(r" · 20 tokens · \$0\.0020$")
KOLKATA = timezone(timedelta(hours=5, minutes=30))
TOOK = re.compile(r"^Thought for (\d+) s$")


@pytest.mark.slow
@pytest.mark.timing
def test_the_thinking_time_is_the_same_in_every_tab(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    first = open_tab(cast.olive, f"/conversations/{where}")
    first.ask("Why? /think 40 /tokens 10 /rate 5")
    expect(title(first)).to_have_text("Thinking for 2 s")
    late = open_tab(cast.max, f"/conversations/{where}")
    eventually(lambda: abs(seconds(first) - seconds(late)) <= 1, what="the tabs count differently")
    assert [is_open(tab) for tab in (first, late)] == [True, True]

    for tab in (first, late):
        tab.page.set_default_timeout(TIMEOUT_MS)
        tab.wait_for("complete")
    fresh = open_tab(cast.max, f"/conversations/{where}")

    expect(title(first)).to_have_text(TOOK)
    assert len({title(tab).inner_text() for tab in (first, late, fresh)}) == 1
    assert [is_open(tab) for tab in (first, late, fresh)] == [False] * 3
    for tab in (first, late, fresh):
        expect(tab.answer.locator(".message-stats")).to_have_text(STATS)
    assert len({tab.answer.locator(".message-stats").inner_text() for tab in (first, fresh)}) == 1


@pytest.mark.slow
def test_opened_or_closed_thinking_stays_opened_or_closed(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask(SLOW)
    olive.wait_for_text("thinking")
    max = open_tab(cast.max, f"/conversations/{where}")
    title(olive).click()
    assert not is_open(olive) and is_open(max)
    olive.page.reload()
    assert not is_open(olive)
    title(olive).click()

    olive.page.set_default_timeout(TIMEOUT_MS)
    olive.wait_for("complete")
    assert is_open(olive), "the end of thinking must not close what the reader has opened"
    olive.page.reload()

    assert is_open(olive) and not is_open(max)


def test_an_answer_shows_its_model_time_duration_and_tokens(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    options = {"locale": "en-GB", "timezone_id": "Asia/Kolkata"}
    live = open_tab(cast.olive, f"/conversations/{where}", **options)
    live.ask("What? /think 5 /tokens 20 /rate 0")
    live.wait_for("complete")
    fresh = open_tab(cast.olive, f"/conversations/{where}", **options)
    for tab in (live, fresh):
        expect(tab.answer.locator(".message-author")).to_have_text("Demo (no model: a script)")
        expect(tab.answer.locator(".message-stats")).to_have_text(STATS)
        time = tab.answer.locator(".message-time")
        there = datetime.fromisoformat(time.get_attribute("datetime") or "").astimezone(KOLKATA)
        assert time.inner_text().endswith(f"{there.hour}:{there:%M}")


def test_the_details_say_what_an_answer_has_cost(
    open_tab: Open, database: Database, cast: Cast, server: Server, tmp_path: Path
) -> None:
    path = f"/conversations/{database.conversation(cast.olive)}"
    with Server(server.database_url, tmp_path / "server.log", PRICES="demo=0/100") as priced:
        live = open_tab(cast.olive, path, priced.url)
        live.ask("What? /tokens 20 /rate 0")
        live.wait_for("complete")
        fresh = open_tab(cast.olive, path, priced.url)
        for tab in (live, fresh):
            expect(tab.answer.locator(".message-stats")).to_have_text(COST)


def title(tab: Tab) -> Locator:
    return tab.answer.locator(".message-thoughts > summary")


def seconds(tab: Tab) -> int:
    found = SO_FAR.match(title(tab).inner_text())
    assert found
    return int(found[1])


def is_open(tab: Tab) -> bool:
    return bool(tab.answer.locator(".message-thoughts").evaluate("details => details.open"))
