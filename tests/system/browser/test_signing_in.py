"""Signing in and out, and drafts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab, sign_in, sign_out_elsewhere

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

DRAFT = "A thought that isn't finished,\nin two lines"


def test_signing_in_leads_to_the_requested_page(
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
    assert "/login" in page.url, "the user must be signed out"


def test_an_open_page_says_that_its_user_has_signed_out_elsewhere(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.max)
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.max)
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 5 /rate 0")
    tab.wait_for("complete")

    sign_out_elsewhere(tab)

    expect(tab.page.locator("[data-banner]")).to_contain_text("You are signed out.")
    assert_accessible(tab.page)
    tab.page.locator("[data-banner-action]").click()
    expect(tab.page).to_have_url(re.compile("/login[?]next="))


def test_a_draft_survives_a_reload_and_a_sign_out(
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
    tab.wait_for("complete")
    tab.page.reload()
    expect(text).to_have_value("")
