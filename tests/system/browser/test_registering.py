"""Signing in and out, making an account, and links for a new password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.models import Link, User
from app.models.link import Purpose
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.mail_server import Inbox, mail_server
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible, assert_accessible_at_every_size
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab, sign_in, sign_out_elsewhere

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
DRAFT = "A thought that isn't finished,\nin two lines"
# A page that holds a lock is not put into the back/forward cache.
NOT_CACHED = "navigator.locks.request('a lock', () => new Promise(() => {}))"


@pytest.fixture(scope="module")
def url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on the same database with which people make accounts, and which sends mail."""
    with mail_server(Inbox()) as port:
        settings = {
            "REGISTRATION": "open",
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_FROM": "midstream@example.org",
            "PUBLIC_URL": "https://chat.example.org",
        }
        log = tmp_path_factory.mktemp("registering") / "server.log"
        with Server(server.database_url, log, **settings) as other:
            yield other.url


def link(database: Database, purpose: Purpose, **fields: object) -> str:
    """The path of a new link."""
    create = lambda: Link.create(purpose, timedelta(days=1), **fields)  # noqa: E731
    return f"/link#{database.write(create)}"


@pytest.mark.parametrize("path", ["/register", "/password/forgotten"])
def test_the_forms_for_an_address_are_accessible(open_tab: Open, url: str, path: str) -> None:
    page = open_tab(None, path, url).page
    expect(page.locator("[name=email]")).to_be_focused()
    assert_accessible_at_every_size(page)
    page.eval_on_selector("main form", "form => form.noValidate = true")
    page.fill("[name=email]", "nobody")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=email]")).to_have_value("nobody")
    assert_accessible_at_every_size(page)
    page.fill("[name=email]", f"{'nobody' * 10}@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert_accessible_at_every_size(page)


def test_the_form_for_an_account_is_accessible_and_leads_in(
    open_tab: Open, database: Database, url: str
) -> None:
    page = open_tab(None, link(database, Purpose.REGISTER, email="nora@example.org"), url).page
    page.wait_for_url("**/register")
    expect(page.locator("[name=name]")).to_be_focused()
    assert_accessible_at_every_size(page)
    page.fill("[name=name]", "Nora")
    page.fill("[name=password]", "password")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("[name=password]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=name]")).to_have_value("Nora")
    assert_accessible_at_every_size(page)
    page.fill("[name=password]", "a new one, long enough")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/conversations")


def test_the_form_for_a_new_password_is_accessible(
    open_tab: Open, database: Database, cast: Cast, url: str
) -> None:
    key = database.read(lambda: User.by_email(cast.rex.email).id)  # type: ignore[union-attr]
    page = open_tab(None, link(database, Purpose.RESET, user_id=key), url).page
    page.wait_for_url("**/password/new")
    expect(page.locator("[name=new]")).to_be_focused()
    assert_accessible_at_every_size(page)
    page.fill("[name=new]", "password")
    page.get_by_role("button", name="Save the password").click()
    expect(page.locator("[name=new]")).to_have_attribute("aria-invalid", "true")
    assert_accessible_at_every_size(page)


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
