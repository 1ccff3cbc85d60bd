"""A page that stays open says the day of a message as soon as it is another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ZONE = "America/Sao_Paulo"
TIME_OF_DAY = re.compile(r"^\d{1,2}:\d\d$")
HIDE_AND_SHOW = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def midnight() -> datetime:
    """The next one in Sao Paulo."""
    today = datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast, midnight: datetime) -> Tab:
    """A conversation of today, a minute and a half before midnight."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 1)
    tab = open_tab(cast.olive, "/conversations", timezone_id=ZONE, locale="en-GB")
    tab.page.clock.install(time=midnight - timedelta(seconds=90))
    tab.page.goto(f"/conversations/{where}")
    return tab


def test_a_time_says_its_day_from_midnight_on(tab: Tab, midnight: datetime) -> None:
    time = tab.answer.locator(".message-time")
    today = midnight - timedelta(days=1)
    day = f"{today.day} {today:%b}"
    expect(time).to_have_text(TIME_OF_DAY)
    tab.page.clock.run_for(89_000)
    expect(time).to_have_text(TIME_OF_DAY)

    tab.page.clock.run_for(2_000)

    expect(time).to_contain_text(day)


def test_a_time_says_its_day_when_a_computer_wakes(tab: Tab, midnight: datetime) -> None:
    time = tab.answer.locator(".message-time")
    expect(time).to_have_text(TIME_OF_DAY)
    tab.page.clock.set_system_time(midnight + timedelta(hours=8))
    expect(time).to_have_text(TIME_OF_DAY)

    tab.page.evaluate(HIDE_AND_SHOW)

    expect(time).not_to_have_text(TIME_OF_DAY)
