"""One's own questions are at one side, everybody else's at the other; and when each was asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, expect

from app.extensions import db
from app.models import Message
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
Read = Callable[..., Reader]

QUICK = "/tokens 5 /rate 0"
PHONE = {"width": 390, "height": 844}
LONG_AGO = datetime(2019, 5, 4, 12, 30, tzinfo=UTC)
HEIGHT = "e => e.closest('header').offsetHeight"
LINE_PX = 26


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def test_each_reader_has_their_own_at_one_side(open_tab: Open, cast: Cast, where: str) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    for count, tab in enumerate((olive, max), start=1):
        tab.ask(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    for tab, own in ((olive, [True, False]), (max, [False, True])):
        assert sides(tab) == own
        expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(int(own[-1]))
        assert marks(tab) == own
        live = tab.articles
        tab.page.reload()
        assert sides(tab) == own
        assert tab.articles == live
        assert marks(tab) == own


def test_a_namesake_is_somebody_else(
    open_tab: Open, read: Read, database: Database, cast: Cast, where: str
) -> None:
    twin = database.same_name(cast.olive, where)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    for count, question in enumerate([tab.ask, read(twin, where).send], start=1):
        question(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    assert tab.page.locator(".message-author").all_inner_texts()[::2] == ["Olive", "Olive"]
    assert sides(tab) == [True, False]
    expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(0)


def test_today_the_time_is_enough_and_else_the_day_is_told(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=PHONE, locale="en-GB")
    tab.ask(f"When? {QUICK}")
    tab.waits_for("complete")
    assert re.fullmatch(r"\d\d?:\d\d", time(tab).inner_text())
    assert str(datetime.now(UTC).year) in (time(tab).get_attribute("title") or "")
    assert time(tab).evaluate(HEIGHT) < LINE_PX

    database.write(lambda: db.session.execute(db.update(Message).values(created_at=LONG_AGO)))
    tab.page.reload()

    assert time(tab).inner_text() == "4 May 2019"
    assert time(tab).evaluate(HEIGHT) < LINE_PX


def sides(tab: Tab) -> list[bool]:
    """Return for each question whether it is at the right."""
    width = tab.page.viewport_size["width"] if tab.page.viewport_size else 0
    return [
        2 * (found["x"] + found["width"] / 2) > width
        for question in tab.page.locator("article[data-role=user]").all()
        if (found := question.bounding_box())
    ]


def marks(tab: Tab) -> list[bool]:
    """Return for each question whether it is marked as the reader's own."""
    questions = tab.page.locator("article[data-role=user]").all()
    return [question.get_attribute("data-own") == "true" for question in questions]


def time(tab: Tab) -> Locator:
    return tab.page.locator("article[data-role=user] time").first
