"""Copying works over HTTP in a local network, where browsers offer no clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.support.cast import Cast
from tests.support.chromium import launch
from tests.support.database import Database
from tests.support.server import Server
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]

NAME = "midstream.test"
CODE = "print(1)"
MARKDOWN = f"Some *text*.\r\n\r\n```python\n{CODE}\n```\n"
FOR_SECURE_PAGES = "The Cross-Origin-Opener-Policy header has been ignored"
SIZE = "() => [document.documentElement.scrollHeight, scrollX, scrollY]"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser for which a name, whose pages are not secure, leads to this machine."""
    rule = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with launch(playwright, rule, bare=True) as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, server: Server, database: Database, cast: Cast) -> Iterator[Tab]:
    """A conversation with one answer that contains code, opened under that name."""
    where = database.conversation(cast.olive)
    exchange(database, where, cast.olive, "How?", MARKDOWN)
    context = browser.new_context(base_url=f"http://{NAME}:{urlsplit(server.url).port}")
    tab = Tab(context.new_page())
    sign_in(tab.page, cast.olive)
    tab.page.goto(f"/conversations/{where}")
    assert not tab.page.evaluate("isSecureContext")
    assert tab.page.evaluate("navigator.clipboard") is None
    yield tab
    context.close()
    assert [error for error in tab.errors if not error.startswith(FOR_SECURE_PAGES)] == []


@pytest.mark.parametrize(("action", "copied"), [("copy", MARKDOWN), ("copy-code", CODE)])
def test_text_is_copied_and_nothing_moves(tab: Tab, action: str, copied: str) -> None:
    button = tab.answer.locator(f"[data-action={action}]")
    button.focus()
    size = tab.page.evaluate(SIZE)

    button.press("Enter")

    expect(tab.answer.locator(f"[data-action={action}][data-done]")).to_be_visible()
    assert _clipboard(tab) == copied
    expect(button).to_be_focused()
    assert tab.page.evaluate(SIZE) == size
    assert tab.page.locator("textarea").count() == 1


def test_a_refusal_of_the_browser_is_reported(tab: Tab) -> None:
    tab.page.evaluate("document.execCommand = () => false")
    tab.press("copy")
    expect(tab.alert).to_have_text("That could not be copied.")


def _clipboard(tab: Tab) -> str:
    """Return what a paste would insert, exactly: a field changes line ends."""
    tab.page.evaluate(
        """() => document.addEventListener(
          "paste", (event) => { window.pasted = event.clipboardData.getData("text/plain"); },
          { once: true })"""
    )
    tab.page.keyboard.press("Control+V")
    tab.page.wait_for_function("() => window.pasted !== undefined")
    return str(tab.page.evaluate("window.pasted"))
