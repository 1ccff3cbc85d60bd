"""The user's own questions are on the right; dates of messages."""

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


def test_own_questions_are_on_the_right(open_tab: Open, cast: Cast, where: str) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    for count, tab in enumerate((olive, max), start=1):
        tab.ask(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    for tab, own in ((olive, [True, False]), (max, [False, True])):
        assert are_on_the_right(tab) == own
        expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(sum(own))
        assert are_marked_own(tab) == own
        live = tab.articles
        tab.page.reload()
        assert are_on_the_right(tab) == own
        assert tab.articles == live
        assert are_marked_own(tab) == own


def test_questions_of_a_user_with_the_same_name_are_not_own(
    open_tab: Open, read: Read, database: Database, cast: Cast, where: str
) -> None:
    twin = database.same_name(cast.olive, where)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    for count, question in enumerate([tab.ask, read(twin, where).send], start=1):
        question(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    assert tab.page.locator(".message-author").all_inner_texts()[::2] == ["Olive", "Olive"]
    assert are_on_the_right(tab) == [True, False]
    expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(1)


def test_dates_have_only_the_time_today_and_the_day_later(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=PHONE, locale="en-GB")
    tab.ask(f"When? {QUICK}")
    tab.wait_for("complete")
    assert re.fullmatch(r"\d\d?:\d\d", time(tab).inner_text())
    assert str(datetime.now(UTC).year) in (time(tab).get_attribute("title") or "")
    assert time(tab).evaluate(HEIGHT) < LINE_PX

    database.write(lambda: db.session.execute(db.update(Message).values(created_at=LONG_AGO)))
    tab.page.reload()

    assert time(tab).inner_text() == "4 May 2019"
    assert time(tab).evaluate(HEIGHT) < LINE_PX


def are_on_the_right(tab: Tab) -> list[bool]:
    """Return for each question whether it is on the right."""
    width = tab.page.viewport_size["width"] if tab.page.viewport_size else 0
    return [
        2 * (found["x"] + found["width"] / 2) > width
        for question in tab.page.locator("article[data-role=user]").all()
        if (found := question.bounding_box())
    ]


def are_marked_own(tab: Tab) -> list[bool]:
    """Return for each question whether it is marked as the user's own."""
    questions = tab.page.locator("article[data-role=user]").all()
    return [question.get_attribute("data-own") == "true" for question in questions]


def time(tab: Tab) -> Locator:
    return tab.page.locator("article[data-role=user] time").first
