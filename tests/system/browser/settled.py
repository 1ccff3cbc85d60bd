"""The state that every tab must reach after the end of an answer."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.system.browser.tab import Tab

Open = Callable[..., Tab]


def two_tabs(open_tab: Open, database: Database, cast: Cast) -> tuple[str, Tab, Tab]:
    """Open a new conversation for two of its members; return its id and their tabs."""
    where = database.conversation(cast.olive, cast.max)
    path = f"/conversations/{where}"
    return where, open_tab(cast.olive, path), open_tab(cast.max, path)


def assert_stopped(by: Person, *tabs: Tab) -> None:
    """Assert that each tab shows who has stopped the answer."""
    for tab in tabs:
        tab.wait_for("stopped")
        expect(tab.answer.locator(".message-error")).to_have_text(f"Stopped by {by.name}.")
        expect(tab.stop).to_be_hidden()


def assert_settled(open_tab: Open, cast: Cast, where: str, *tabs: Tab) -> None:
    """Assert that nothing is busy, and that each page equals a freshly loaded one."""
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    for tab in tabs:
        assert tab.page.locator("[aria-busy=true]").count() == 0
        expect(tab.answer.locator(".message-waiting")).to_be_hidden()
        assert tab.articles == fresh.articles
