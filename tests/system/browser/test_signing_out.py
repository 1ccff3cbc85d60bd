"""After signing out, Back shows nothing of what was on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

# A page that holds a lock is not put into the back/forward cache.
NOT_CACHED = "navigator.locks.request('a lock', () => new Promise(() => {}))"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 3, lines=3)
    return where


@pytest.fixture(params=["", NOT_CACHED], ids=["bfcache", "HTTP cache"])
def page(open_tab_in_window: Open, cast: Cast, where: str, request: Any) -> Page:
    """A page with a conversation, and a sign-in of the test's own, which it ends."""
    page = open_tab_in_window(None, "/login", script=request.param).page
    sign_in(page, cast.olive)
    page.goto(f"/conversations/{where}")
    expect(page.locator("article").first).to_be_visible()
    return page


def test_back_after_signing_out_shows_no_conversation(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page).to_have_url(re.compile("/login[?]next="))
    expect(page.locator("article")).to_have_count(0)


def test_nor_does_it_where_the_browser_does_not_clear_its_cache(page: Page) -> None:
    token = page.locator("[name=csrf_token]").first.input_value()
    page.goto("/healthz")
    # shares the cookies, and ignores Clear-Site-Data as browsers do over plain HTTP
    page.context.request.post("/logout", form={"csrf_token": token})
    page.go_back()
    expect(page).to_have_url(re.compile("/login[?]next="))
    expect(page.locator("article")).to_have_count(0)
