"""A link into a conversation, followed in a browser: its secret goes nowhere but into the form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's."""
    return database.conversation(cast.olive, title="Bread")


@pytest.fixture
def link(open_tab: Open, cast: Cast, where: str) -> str:
    """A link into it, as its page shows it."""
    page = open_tab(cast.olive, f"/conversations/{where}/people").page
    page.get_by_role("button", name="Create a link").click()
    return page.locator("[data-new-link]").inner_text()


def test_who_follows_a_link_can_join_and_leaves_no_trace_of_it(
    open_tab: Open, cast: Cast, where: str, link: str
) -> None:
    tab = open_tab(cast.eve, "/conversations")
    seen: list[str] = []
    tab.page.on(
        "request",
        lambda request: seen.extend([request.url, *request.headers.values()]),
    )
    tab.page.goto(link)
    tab.page.get_by_role("button", name="Join as Eve").click()
    expect(tab.page.locator("[data-title]")).to_have_text("Bread")
    secret = link.split("#")[1]
    # Chromium reports the address of the first request with its fragment, which it does not send
    assert not [text for text in seen if secret in text and text != link]
    tab.page.go_back()
    tab.page.go_back()
    assert secret not in tab.page.url


def test_a_new_link_can_be_copied(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}/people")
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.get_by_role("button", name="Create a link").click()
    tab.page.get_by_role("button", name="Copy the code").click()
    expect(tab.page.locator("[data-status-line]")).to_have_text("Copied.")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == tab.page.locator("[data-new-link]").inner_text()


def test_who_has_to_sign_in_first_comes_back_to_it(
    open_tab: Open, cast: Cast, where: str, link: str
) -> None:
    page = open_tab(None, link).page
    page.get_by_role("link", name="Sign in to join").click()
    page.fill("[name=email]", cast.eve.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.get_by_role("button", name="Join as Eve").click()
    expect(page.locator("[data-title]")).to_have_text("Bread")


def test_without_scripts_the_secret_is_pasted(
    open_tab: Open, cast: Cast, where: str, link: str
) -> None:
    page = open_tab(cast.eve, link, java_script_enabled=False).page
    page.fill("[name=code]", link.split("#")[1])
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Join as Eve").click()
    expect(page.locator("[data-title]")).to_have_text("Bread")


def test_a_link_that_was_used_up_says_so(open_tab: Open, cast: Cast, where: str, link: str) -> None:
    page = open_tab(cast.eve, link).page
    page.get_by_role("button", name="Join as Eve").click()
    expect(page.locator("[data-title]")).to_have_text("Bread")
    page = open_tab(cast.rex, link).page
    expect(page.get_by_text("This link can't be used any more")).to_be_visible()
