"""Programs for a start, beside a new token: shown one at a time, and copied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

CLIPBOARD = "() => navigator.clipboard.readText()"
ALLOWED = ["clipboard-read", "clipboard-write"]


def make_token(page: Page, name: str) -> None:
    page.fill("input[name=name]", name)
    page.click("text=Make a token")


def test_one_is_chosen_and_copied(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account", permissions=ALLOWED).page
    make_token(page, "to be copied")
    expect(page.locator("[data-snippet=python]")).to_be_visible()
    page.click("summary:text('Go')")
    expect(page.locator("[data-snippet=python]")).to_be_hidden()
    program = page.locator("pre:has([data-snippet=go])")
    program.hover()
    program.locator(".code-copy").click()
    expect(program.locator(".code-copy[data-done]")).to_be_visible()
    copied = page.evaluate(CLIPBOARD)
    assert copied == page.locator("[data-snippet=go]").text_content()
    assert copied.startswith("// clients/go/") and copied.endswith("}")


def test_without_javascript_they_are_all_there(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account", java_script_enabled=False).page
    make_token(page, "plain")
    for name in ("Rust", "Java", "Python"):
        page.click(f"summary:text-is('{name}')")
        expect(page.locator(f"[data-snippet={name.lower()}]")).to_be_visible()
    expect(page.locator("[data-snippet=rust]")).to_be_hidden()
    expect(page.locator(".code-copy")).to_have_count(0)
