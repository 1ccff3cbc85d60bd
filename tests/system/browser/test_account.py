"""The account page: confirmations, a new token, and example programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db
from app.models import Conversation, SignIn, User
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_aligned
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

MAY = datetime(2019, 5, 4, 12, 30, tzinfo=UTC)
GERMAN_DAY = re.compile(r"^\d{1,2}\. \w{3,4}\.? \d{4}$")
CLIPBOARD = "() => navigator.clipboard.readText()"
RIGHT, TOP, BOTTOM = (
    f"element => element.getBoundingClientRect().{side}" for side in ("right", "top", "bottom")
)
ALLOWED = ["clipboard-read", "clipboard-write"]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_profile_says_on_which_day_one_became_a_member(
    open_tab: Open, cast: Cast, scripts: bool
) -> None:
    page = open_tab(cast.olive, "/account", java_script_enabled=scripts, locale="en-GB").page
    expect(page.locator(".facts time")).to_have_text(re.compile(r"^\d{1,2} \w{3,4} \d{4}$"))


def test_dates_are_in_a_chosen_language_with_scripts_and_without(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    title = "From long ago"
    where = database.conversation(cast.eve, title=title)
    mine = db.update(Conversation).where(Conversation.public_id == where)
    database.write(lambda: db.session.execute(mine.values(updated_at=MAY)))
    page = open_tab(cast.eve, "/account", locale="en-GB").page
    page.get_by_label("Language of dates").select_option("Deutsch")
    page.locator("form", has=page.get_by_label("Language of dates")).get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("language of dates is changed")
    expect(page.locator(".facts time")).to_have_text(GERMAN_DAY)

    for scripts in (True, False):
        page = open_tab(cast.eve, "/", java_script_enabled=scripts, locale="en-GB").page
        expect(page.get_by_role("heading", name="Mai 2019", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", name="Mai 2019")).to_have_attribute("lang", "de")
        time = page.locator("[data-row]", has_text=title).locator(".listing-time")
        expect(time).to_have_attribute("title", re.compile("^Samstag, 4. Mai 2019"))
        expect(time).to_have_attribute("lang", "de")
        page.goto("/account")
        expect(page.locator(".facts time")).to_have_text(GERMAN_DAY)
        if scripts:
            assert_accessible(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_revoking_a_token_asks_for_confirmation(open_tab: Open, cast: Cast, scripts: bool) -> None:
    page = open_tab(cast.olive, "/account/tokens", java_script_enabled=scripts).page
    name = f"to be revoked {scripts}"
    make_token(page, name)
    row = page.get_by_role("listitem").filter(has_text=name)

    row.locator("summary").click()
    expect(row).to_contain_text("disconnected at once")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Revoke now").click()

    expect(row).to_have_count(0)


def test_another_browser_can_be_signed_out(open_tab: Open, cast: Cast) -> None:
    page, elsewhere = (open_tab(None, "/login").page for _ in range(2))
    for each in (elsewhere, page):
        sign_in(each, cast.rex)
    page.goto("/account/security")
    row = page.get_by_role("listitem").filter(has_not_text="this one").first
    row.locator("summary").click()
    row.get_by_role("button", name="Sign out now").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    elsewhere.goto("/account")

    assert "/login" in elsewhere.url


def test_the_columns_of_the_devices_are_aligned(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    many = database.person("Dora")
    page = open_tab(many, "/account/security").page
    for browser in (
        "Edge on Windows",
        "Some browser with a very long name on some other system",
        "",
    ):
        database.write(lambda browser=browser: _sign_in_again(many, browser))
    page.reload()
    rows = page.locator("section", has_text="Devices").get_by_role("listitem")
    assert_aligned(rows, ".listing-title", ".listing-time", "summary")


def _sign_in_again(person: Person, browser: str) -> None:
    user = User.by_email(person.email)
    assert user
    SignIn.begin(user.id, browser)


def test_a_new_token_can_be_copied(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.eve, "/account/tokens", permissions=ALLOWED).page
    make_token(page, "to be copied at once")
    token = page.locator("[data-new-token]").inner_text()
    page.locator(".code:has([data-new-token]) [data-action=copy-code]").click()
    expect(
        page.locator(".code:has([data-new-token]) [data-action=copy-code][data-done]")
    ).to_be_visible()
    assert page.evaluate(CLIPBOARD) == token


def test_a_reload_after_creating_a_token_creates_no_other(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.eve, "/account/tokens").page
    make_token(page, "only once")
    response = page.reload()
    assert response and response.status == 200
    expect(page.get_by_role("listitem").filter(has_text="only once")).to_have_count(1)
    expect(page.locator("[data-new-token]")).to_have_count(0)
    assert page.goto("/account/tokens").status == 200  # type: ignore[union-attr]


def test_rows_are_aligned_and_notices_do_not_touch_the_heading(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.eve, "/account/tokens").page
    for name in ("short", "a name that is much longer than the other one"):
        make_token(page, name)
    rows = page.get_by_role("listitem").filter(has=page.locator("summary"))
    for part in (".listing-title", ".listing-time"):
        assert len({row.locator(part).bounding_box()["x"] for row in rows.all()}) == 1  # type: ignore[index]
    ends = {row.locator("summary").evaluate(RIGHT) for row in rows.all()}
    assert len(ends) == 1 and len(rows.all()) >= 2
    rows.last.locator("summary").click()
    rows.last.get_by_role("button", name="Revoke now").click()
    notice, above = page.locator(".account-notice"), page.locator(".tabs")
    gap = notice.evaluate(TOP) - above.evaluate(BOTTOM)
    assert gap >= 8


def test_an_example_program_can_be_chosen_and_copied(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account/tokens", permissions=ALLOWED).page
    make_token(page, "to be copied")
    expect(page.locator("[data-snippet=python]")).to_be_visible()
    page.click("summary:text('Go')")
    expect(page.locator("[data-snippet=python]")).to_be_hidden()
    program = page.locator(".code:has([data-snippet=go])")
    program.hover()
    program.locator("[data-action=copy-code]").click()
    expect(program.locator("[data-action=copy-code][data-done]")).to_be_visible()
    copied = page.evaluate(CLIPBOARD)
    assert copied == page.locator("[data-snippet=go]").text_content()
    assert copied.startswith("// clients/go/") and copied.endswith("}")


def test_without_javascript_all_example_programs_are_shown(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account/tokens", java_script_enabled=False).page
    make_token(page, "plain")
    for name in ("Rust", "Java", "Python"):
        page.click(f"summary:text-is('{name}')")
        expect(page.locator(f"[data-snippet={name.lower()}]")).to_be_visible()
    expect(page.locator("[data-snippet=rust]")).to_be_hidden()
    expect(page.locator(".code-tools")).to_have_count(0)


def make_token(page: Page, name: str) -> None:
    page.fill("input[name=name]", name)
    page.click("text=Create token")
    page.wait_for_selector("[data-new-token]")
