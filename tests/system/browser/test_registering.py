"""The pages on which one makes an account, or chooses another password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.models import Link, User
from app.models.link import Purpose
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.mail_server import Inbox, mail_server
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible_at_every_size
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]


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
