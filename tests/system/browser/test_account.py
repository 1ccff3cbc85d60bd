"""What can't be undone is asked about first; a new token is copied with one press."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


@pytest.mark.parametrize("scripts", [True, False])
def test_revoking_asks_first(open_tab: Open, cast: Cast, scripts: bool) -> None:
    page = open_tab(cast.olive, "/account", java_script_enabled=scripts).page
    name = f"to be revoked {scripts}"
    make_token(page, name)
    row = page.get_by_role("listitem").filter(has_text=name)

    row.locator("summary").click()
    expect(row).to_contain_text("stops at once")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Revoke now").click()

    expect(row).to_have_count(0)


def test_another_browser_is_signed_out(open_tab: Open, cast: Cast) -> None:
    page, elsewhere = (open_tab(None, "/login").page for _ in range(2))
    for each in (elsewhere, page):
        sign_in(each, cast.rex)
    page.goto("/account")
    row = page.get_by_role("listitem").filter(has_not_text="this one").first
    row.locator("summary").click()
    row.get_by_role("button", name="Sign out now").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    elsewhere.goto("/account")

    assert "/login" in elsewhere.url


def test_a_new_token_is_copied(open_tab: Open, cast: Cast) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    page = open_tab(cast.eve, "/account", permissions=allowed).page
    make_token(page, "to be copied at once")
    token = page.locator("[data-new-token]").inner_text()
    page.locator("pre:has([data-new-token]) .code-copy").click()
    expect(page.locator("pre:has([data-new-token]) .code-copy[data-done]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token


def make_token(page: Page, name: str) -> None:
    page.fill("input[name=name]", name)
    page.click("text=Make a token")
