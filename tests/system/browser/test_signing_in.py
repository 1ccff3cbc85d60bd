"""Signing in and out, and what is written meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

DRAFT = "A thought that isn't finished,\nin two lines"


def test_whoever_signs_in_comes_to_where_they_wanted(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    path = f"/conversations/{database.conversation(cast.rex)}"
    page = open_tab(None, path).page
    assert "/login" in page.url

    page.fill("[name=email]", cast.rex.email)
    page.fill("[name=password]", "not the password")
    page.click("main [type=submit]")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=email]")).to_have_value(cast.rex.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")

    page.wait_for_url(f"**{path}")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.goto(path)
    assert "/login" in page.url, "the sign-out meant nothing"


def test_a_page_whose_reader_has_signed_out_elsewhere_says_so(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    path = f"/conversations/{database.conversation(cast.rex)}"
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.rex)
    tab.page.goto(path)
    tab.ask("/tokens 3 /rate 0")
    tab.waits_for("complete")
    other = tab.page.context.new_page()
    other.goto("/conversations")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login")

    tab.page.reload()

    assert "/login" in tab.page.url


def test_a_draft_outlives_a_reload_and_a_sign_out_and_stays_in_its_conversation(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    here, elsewhere = (f"/conversations/{database.conversation(cast.rex)}" for _ in range(2))
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.rex)
    tab.page.goto(here)
    text = tab.page.locator("[data-composer-text]")
    text.fill(DRAFT)

    tab.page.reload()
    expect(text).to_have_value(DRAFT)
    tab.page.goto(elsewhere)
    expect(text).to_have_value("")
    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, cast.rex)
    tab.page.goto(here)
    expect(text).to_have_value(DRAFT)

    tab.ask("Done. /tokens 3 /rate 0")
    tab.waits_for("complete")
    tab.page.reload()
    expect(text).to_have_value("")
