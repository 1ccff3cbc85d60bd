"""axe finds nothing on any page, in any state of a conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.models.rights import MemberRole
from app.views.confirming import WRONG_PASSWORD
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_accessible_at_every_size
from tests.system.browser.stored import exchange, fill
from tests.system.browser.tab import ACCOUNT_PAGES, Tab
from tests.system.browser.viewport import scroll

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
PHONE = {"width": 390, "height": 844}
STATES = {
    "streaming": "Go on /tokens 110 /rate 0 /hang after 100",
    "thinking": "Think /think 40 /tokens 9 /rate 0 /hang after 0",
    "waiting": "Wait /tokens 9 /hang after 0",
    "failed": "Fail /tokens 110 /rate 0 /fail after 100",
    "complete": "Be done /think 20 /tokens 130 /rate 0",
}
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


def test_the_sign_in_list_account_and_error_pages_are_accessible(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    database.conversation(cast.olive, title="Something to list")
    page = open_tab(None, "/login").page
    assert_accessible(page)
    page.fill("[name=email]", "nobody@example.org")
    page.fill("[name=password]", "wrong")
    page.click("main [type=submit]")
    assert_accessible(page)
    for person in (cast.olive, cast.eve):
        page = open_tab(person, "/conversations").page
        assert_accessible(page)
    for path in (*ACCOUNT_PAGES, "/nothing/here", "/link"):
        page.goto(path)
        assert_accessible(page)


def test_the_account_page_with_a_new_token_is_accessible(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.eve, "/account/tokens", viewport=PHONE).page
    page.fill("input[name=name]", "phone")
    page.click("text=Create token")
    expect(page.locator("[data-snippets] .code-tools").first).to_be_attached()
    assert_accessible(page)


def test_the_people_and_an_invitation_are_accessible(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title="Something to join")
    page = open_tab(cast.olive, f"/conversations/{where}/people").page
    assert_accessible(page)
    page.locator("summary", has_text="Change").click()
    page.get_by_role("button", name="Create a link").click()
    link = page.locator("[data-new-link]").inner_text()
    page.locator("summary", has_text="Revoke").click()
    assert_accessible_at_every_size(page)
    page.fill("[name=who]", "nobody@example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    assert_accessible(page)
    assert_accessible(open_tab(cast.max, f"/conversations/{where}/people").page)
    for person in (cast.eve, None):
        page = open_tab(person, link).page
        page.wait_for_url("**/link/join")
        assert_accessible_at_every_size(page)


def test_what_a_reader_sees_is_accessible(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.olive)
    database.add_member(where, cast.max, MemberRole.READER)
    page = open_tab(cast.max, f"/conversations/{where}").page
    expect(page.locator(".composer-reading")).to_be_visible()
    assert_accessible_at_every_size(page)


@pytest.mark.parametrize("state", STATES)
def test_a_conversation_is_accessible_in_every_state(
    open_tab: Open, database: Database, cast: Cast, state: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    if state == "waiting":
        assert_accessible_at_every_size(tab.page)
    tab.ask(STATES[state])
    tab.wait_for(state if state in ("failed", "complete") else "streaming")
    if state in ("streaming", "thinking"):
        tab.wait_for_text("content" if state == "streaming" else "thinking")
    assert_accessible_at_every_size(tab.page)
    if state == "waiting":
        tab.press("stop")
        tab.wait_for("stopped")
        assert_accessible_at_every_size(tab.page)


def test_an_edit_an_error_and_the_dialog_are_accessible(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 30, lines=3)
    page = open_tab(cast.olive, f"/conversations/{where}", viewport=PHONE).page
    scroll(page, -2000)
    expect(page.locator("[data-latest]")).to_be_visible()
    page.press("[data-composer-text]", "ArrowUp")
    expect(page.locator("[data-composer-editing]")).to_be_visible()
    page.fill("[data-composer-text]", " ")
    page.press("[data-composer-text]", "Enter")
    expect(page.locator("[data-composer-note]")).to_be_visible()
    assert_accessible(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/conversations?q=nothing-has-this")
    assert_accessible(page)


def test_axe_finds_a_missing_label(open_tab: Open) -> None:
    page = open_tab(None, "/login").page
    page.evaluate("document.querySelector('label').firstChild.remove()")
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)


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
    current = page.locator(
        "form[action$='/password'] [name=current]"
    )  # a passkey's form has one, too
    current.fill("not the password")
    page.fill("[name=new]", PASSWORD)
    page.click("text=Change password")
    expect(current).to_have_accessible_description(WRONG_PASSWORD)
    expect(current).to_be_focused()
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
