"""Axe finds nothing on rare pages and in rare states either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.views.account import WRONG_PASSWORD
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible
from tests.system.browser.stored import exchange, fill
from tests.system.browser.tab import ACCOUNT_PAGES, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

MIN_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
KINDS = ["keyword", "string", "value", "name"]
# The contrast of the colours of code and of text with the background of code.
CONTRASTS = """(kinds) => {
  const pre = document.querySelector("pre");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const probe = pre.appendChild(document.createElement("span"));
  const luminance = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const parts = Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3), (part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const of = (variable) => {
    probe.style.color = `var(--${variable})`;
    return luminance(getComputedStyle(probe).color);
  };
  const ground = luminance(getComputedStyle(pre.closest(".code")).backgroundColor);
  const names = [...kinds.map((kind) => `code-${kind}`), "text-muted", "bad", "sunken"];
  const inks = names.map(of);
  probe.remove();
  return inks.map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05));
}"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    where = database.conversation(cast.olive, cast.max)
    fill(database, where, cast.olive, 3, lines=2)
    exchange(database, where, cast.olive, "In code?", "```python\nx = 1  # one\n```")
    return where


def test_a_page_of_earlier_messages_is_accessible(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}?before=5").page
    assert_accessible(page)


def test_the_account_page_with_an_error_is_accessible(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account/security").page
    page.fill("[name=current]", "not the password")
    page.fill("[name=new]", PASSWORD)
    page.click("text=Change password")
    expect(page.locator("[name=current]")).to_have_accessible_description(WRONG_PASSWORD)
    expect(page.locator("[name=current]")).to_be_focused()
    assert_accessible(page)


def test_pages_without_scripts_are_accessible(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, "/conversations")
    # axe itself is a script, so JavaScript cannot be disabled
    tab.page.route("**/*.js", lambda route: route.abort())
    for path in (f"/conversations/{where}", "/conversations", *ACCOUNT_PAGES):
        tab.page.goto(path)
        assert_accessible(tab.page)
    tab.page.goto(f"/conversations/{where}")
    tab.page.get_by_role("link", name="Edit").last.click()
    expect(tab.page.locator("[data-composer-text]")).to_have_value("In code?")
    assert_accessible(tab.page)


def test_code_colours_have_enough_contrast(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", bypass_csp=True).page
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        *contrasts, none = page.evaluate(CONTRASTS, KINDS)
        assert none < 1.1, "the background must have no contrast with itself"
        assert min(contrasts) >= MIN_CONTRAST, dict(zip(KINDS, contrasts, strict=False))
