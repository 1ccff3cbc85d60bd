"""Pages that are reached in ways of their own: by a second factor, a provider, a mail, or without
scripts."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import Page
from pyotp import TOTP

from app.demo.stories import OLIVE, PASSWORD, Person
from app.summaries import unsubscribe_address
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.paused_model import TITLE
from docs.pictures.screenshot import Screenshot
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, openid_provider
from tests.support.services import free_port


def rare_pages(setup: BrowserSetup) -> dict[str, Screenshot]:
    """Return each by the name of its screenshot."""
    nils = _with_second_factor(setup)
    return {
        "recovery-codes": Screenshot(nils, "/account/second-factor", _renew_codes),
        "second-step": Screenshot(None, "/login", partial(_begin_to_sign_in, nils)),
        "openid": Screenshot(OLIVE, "/account/security", partial(_connect, setup)),
        "unsubscribe": Screenshot(None, _unsubscribe_path(setup)),
        "message-options": Screenshot(OLIVE, "/conversations", _open_options),
        "assistant": Screenshot(OLIVE, _assistant(setup)),
    }


def _with_second_factor(setup: BrowserSetup) -> Person:
    """Make somebody who signs in with a code, too, and sign him in."""
    nils = Person("nils@example.com", "Nils")
    setup.path_of("seed", "user", nils.email, "--name", nils.name, "--password", PASSWORD)
    page = setup.open(nils, "/account/second-factor")
    page.get_by_role("button", name="Set it up").click()
    secret = page.locator(".account-secret").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill(TOTP(secret).now())
    page.get_by_role("button", name="Use it from now on").click()
    page.wait_for_selector(".recovery-codes")
    page.context.close()
    return nils


def _renew_codes(page: Page) -> None:
    page.get_by_role("button", name="Make new recovery codes").click()
    page.wait_for_selector(".recovery-codes")


def _begin_to_sign_in(person: Person, page: Page) -> None:
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_selector("[name=code]")


def _connect(setup: BrowserSetup, page: Page) -> None:
    """Begin to connect the account with a provider, on a server that has one."""
    settings = {"OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    with openid_provider(free_port()) as provider:
        issuer = {"OIDC_ISSUER": provider.issuer, "OIDC_NAME": "Example"}
        with setup.another_server(**settings, **issuer) as url:
            page.goto(f"{url}/account/security")
            page.locator("summary", has_text="Connect").click()
            page.get_by_role("button", name="Connect now").click()
            page.get_by_role("link", name="Go on to Example").wait_for()


def _unsubscribe_path(setup: BrowserSetup) -> str:
    with setup.app_context():
        return "/unsubscribe/" + unsubscribe_address(1).rpartition("/")[2]


def _open_options(page: Page) -> None:
    """Open the page to which the button of a message's menu leads without scripts."""
    page.locator("a.listing-link", has_text=TITLE).first.click()
    page.wait_for_url("**/conversations/*")
    page.goto(str(page.locator("[data-action=more]").last.get_attribute("href")))


def _assistant(setup: BrowserSetup) -> str:
    """Make an assistant, and return the path of the page on which it is changed."""
    page = setup.open(OLIVE, "/assistants")
    page.fill("[name=name]", "Proofreader")
    page.fill("[name=system_prompt]", "Correct the spelling. Change nothing else.")
    page.get_by_role("button", name="Save").click()
    path = page.get_by_role("link", name="Change Proofreader").get_attribute("href")
    page.context.close()
    return str(path)
