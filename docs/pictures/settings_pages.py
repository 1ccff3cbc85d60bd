"""The pages of an account and of the administrators."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from app.demo.stories import EVE, MAX, OLIVE
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.screenshot import Screenshot
from tests.importing.examples import bees, rivers, tea

PROVIDER = "our-own"
READ_MS = 60_000  # for a file to be read by a process of its own

HIDE_TOKEN = """(token) => {
  for (const code of document.querySelectorAll("pre code")) {
    code.textContent = code.textContent.replace(token, `${token.slice(0, 14)}…`);
  }
}"""


def settings_pages(setup: BrowserSetup) -> dict[str, Screenshot]:
    """Return each by the name of its screenshot."""
    setup.path_of("user", "admin", MAX.email)
    _add_provider(setup)
    return {
        "profile": Screenshot(OLIVE, "/account"),
        "account": Screenshot(OLIVE, "/account/security", _click_sign_out),
        "account-problem": Screenshot(OLIVE, "/account/security", _give_a_wrong_password),
        "appearance": Screenshot(OLIVE, "/account/appearance"),
        "token": Screenshot(OLIVE, "/account/tokens", _make_token),
        "data": Screenshot(OLIVE, "/account/data"),
        "import": Screenshot(EVE, "/account/data", _read_file),
        "import-report": Screenshot(EVE, "/account/data", _import_file),
        "notifications": Screenshot(OLIVE, "/account/notifications"),
        "use": Screenshot(OLIVE, "/account/use"),
        "second-factor": Screenshot(OLIVE, "/account/second-factor", _set_up_second_factor),
        "deletion": Screenshot(OLIVE, "/account/delete"),
        "assistants": Screenshot(OLIVE, "/assistants"),
        "admin-models": Screenshot(MAX, "/admin/models"),
        "admin-provider": Screenshot(MAX, f"/admin/providers/{PROVIDER}", _show_models),
        "admin-model": Screenshot(MAX, f"/admin/providers/{PROVIDER}", _open_model),
        "admin-use": Screenshot(MAX, "/admin/use"),
        "admin-people": Screenshot(MAX, "/admin/people"),
        "admin-person": Screenshot(MAX, "/admin/people", _open_person),
        "admin-answers": Screenshot(MAX, "/admin/answers"),
        "admin-storage": Screenshot(MAX, "/admin/storage"),
        "admin-retention": Screenshot(MAX, "/admin/retention"),
        "admin-log": Screenshot(MAX, "/admin/log"),
        "admin-banner": Screenshot(MAX, "/admin/banner"),
    }


def _click_sign_out(page: Page) -> None:
    page.click("text=Sign out everywhere")


def _give_a_wrong_password(page: Page) -> None:
    page.fill("[name=current]", "something else")
    page.fill("[name=new]", "a long new password")
    page.get_by_role("button", name="Change password").click()
    page.wait_for_selector(".field-problem")


def _set_up_second_factor(page: Page) -> None:
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_selector(".qr-code")


def _make_token(page: Page) -> None:
    page.fill("input[name=name]", f"reader {page.evaluate('performance.timeOrigin')}")
    page.click("text=Create token")
    page.wait_for_selector("[data-new-token]")
    token = page.locator("[data-new-token]").inner_text()
    page.evaluate(HIDE_TOKEN, token)  # it is worthless, but a published token looks like a leak


def _read_file(page: Page) -> None:
    """Let a file be read, and wait until the page shows what is in it."""
    found = page.get_by_role("heading", name="In the file")
    if not found.is_visible():
        with TemporaryDirectory() as folder:
            path = Path(folder) / "conversations.json"
            path.write_text(json.dumps([bees(), rivers(), tea()]))
            page.get_by_label("File").set_input_files(path)
            page.get_by_role("button", name="Read the file").click()
            found.wait_for(timeout=READ_MS)
    found.scroll_into_view_if_needed()


def _import_file(page: Page) -> None:
    """Import what is in the file, and wait for the report."""
    done = page.get_by_role("heading", name="Imported")
    if not done.is_visible():
        _read_file(page)
        page.get_by_role("button", name="Import now").click()
        done.wait_for(timeout=READ_MS)
    done.scroll_into_view_if_needed()


def _add_provider(setup: BrowserSetup) -> None:
    """Add a provider with one model, as an administrator does."""
    page = setup.open(MAX, "/admin/models")
    page.fill("[name=name]", PROVIDER)
    page.fill("[name=base_url]", f"{setup.model.url}/v1")
    page.fill("[name=api_key]", "a-key-that-nobody-has")
    page.get_by_role("button", name="Add").click()
    page.fill("[name=model]", "large")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/admin/models/*")
    page.context.close()


def _show_models(page: Page) -> None:
    page.get_by_role("heading", name="Its models here").scroll_into_view_if_needed()


def _open_model(page: Page) -> None:
    page.get_by_role("link", name="large").click()
    page.wait_for_url("**/admin/models/*")


def _open_person(page: Page) -> None:
    page.get_by_role("link", name=EVE.name).click()
    page.wait_for_url("**/admin/people/*")
