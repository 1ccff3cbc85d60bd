"""Signing in with a passkey, with a code, and at a provider, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from app.extensions import db
from app.models import User
from tests.support.cast import PASSWORD, WEAK, Person
from tests.support.database import Database
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    RunningProvider,
    openid_provider,
)
from tests.support.server import Server
from tests.support.services import free_port
from tests.system.browser.axe import assert_accessible_at_every_size
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with openid_provider(free_port()) as provider:
        yield provider


@pytest.fixture(scope="module")
def url(
    server: Server, provider: RunningProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server on the same database, by a name: passkeys are for names, not for numbers."""
    settings = {
        "REGISTRATION": "open",
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_NAME": "Example",
    }
    log = tmp_path_factory.mktemp("signing-in") / "server.log"
    with Server(server.database_url, log, **settings) as other:
        yield other.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def nils(database: Database) -> Person:
    """Somebody new for each test, which changes how he signs in; they run in any order."""
    nils = Person(f"Nils-{token_hex(4)}", "")
    hashed = WEAK.hash(PASSWORD)
    database.write(
        lambda: db.session.add(User(email=nils.email, name="Nils", password_hash=hashed))
    )
    return nils


def add_device(page: Page) -> None:
    """Let the browser have a device for passkeys, whose person is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url("**/login")


def test_connecting_leads_by_a_page_of_its_own(
    open_tab: Open, provider: RunningProvider, nils: Person, url: str
) -> None:
    page = open_tab(None, "/login", url).page
    sign_in(page, nils)
    page.goto(f"{url}/account/security")
    page.locator("summary", has_text="Connect").click()
    page.get_by_role("button", name="Connect now").click()
    assert_accessible_at_every_size(page)
    provider.say(person={"sub": nils.name})
    page.get_by_role("link", name="Go on to Example").click()
    expect(page.get_by_text("Example is connected")).to_be_visible()


def test_a_passkey_and_a_code_sign_in(open_tab: Open, nils: Person, url: str) -> None:
    page = open_tab(None, "/login", url).page
    add_device(page)
    sign_in(page, nils)
    page.goto(f"{url}/account/security")
    page.get_by_label("Name of the new passkey").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="My laptop")
    expect(row).to_be_visible()
    page.get_by_label("Name of the new passkey").fill("Again")
    page.get_by_role("button", name="Add a passkey").click()
    expect(
        page.get_by_role("alert").filter(has_text="has a passkey for your account")
    ).to_be_visible()
    assert_accessible_at_every_size(page)

    page.goto(f"{url}/account/second-factor")
    assert_accessible_at_every_size(page)
    page.get_by_role("button", name="Set it up").click()
    assert_accessible_at_every_size(page)
    secret = page.locator(".account-secret").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill(TOTP(secret).now())
    page.get_by_role("button", name="Use it from now on").click()
    recovery = page.locator(".recovery-codes code").first.inner_text()
    assert_accessible_at_every_size(page)

    sign_out(page)
    expect(page.get_by_role("link", name="Sign in with Example")).to_be_visible()
    assert_accessible_at_every_size(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/conversations")

    sign_out(page)
    page.fill("[name=email]", nils.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    assert_accessible_at_every_size(page)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/conversations")

    page.goto(f"{url}/account/security")
    row.locator("summary").click()
    row.get_by_role("button", name="Remove now").click()
    expect(row).to_have_count(0)
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("is not known here any more")


def test_a_wrong_password_is_said_beside_its_field(
    open_tab: Open, database: Database, nils: Person, url: str
) -> None:
    page = open_tab(None, "/login", url).page
    add_device(page)
    sign_in(page, nils)
    database.age_sign_ins(nils)
    page.goto(f"{url}/account/security")
    form = page.locator("[data-passkey=create]")
    form.get_by_label("Name of the new passkey").fill("My laptop")
    password = form.get_by_label("Current password")
    password.fill("wrong")
    form.get_by_role("button").click()
    expect(password).to_have_accessible_description("The current password is wrong.")
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    assert_accessible_at_every_size(page)
    password.fill(PASSWORD)
    form.get_by_role("button").click()
    row = page.get_by_role("listitem").filter(has_text="My laptop")
    row.locator("summary").click()
    row.get_by_label("Current password").fill("wrong")
    row.get_by_role("button", name="Remove now").click()
    expect(row.get_by_label("Current password")).to_be_focused()
    expect(row.get_by_text("The current password is wrong.")).to_be_visible()
    assert_accessible_at_every_size(page)


def test_a_provider_signs_in_and_the_account_can_be_deleted(
    open_tab: Open, provider: RunningProvider, url: str
) -> None:
    provider.say()
    page = open_tab(None, "/login?next=/account", url).page
    page.get_by_role("link", name="Sign in with Example").click()
    page.wait_for_url("**/account")
    expect(page.get_by_label("Name")).to_have_value("Nora")
    sign_out(page)
    provider.say(claims={"nonce": "another"})
    page.get_by_role("link", name="Sign in with Example").click()
    expect(page.get_by_role("alert").first).to_contain_text("belongs to another sign-in")
    provider.say()
    page.get_by_role("link", name="Sign in with Example").click()
    page.wait_for_url("**/conversations")
    page.goto(f"{url}/account/security")
    expect(page.get_by_text("Connected since")).to_be_visible()
    page.locator("summary", has_text="Disconnect").click()
    page.get_by_role("button", name="Disconnect now").click()
    expect(page.get_by_text("could not sign in any more")).to_be_visible()
    page.goto(f"{url}/account")
    page.get_by_role("link", name="Delete your account").click()
    assert_accessible_at_every_size(page)
    page.get_by_label("Your email address").fill("nora@example.org")
    page.get_by_role("button", name="Delete the account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
