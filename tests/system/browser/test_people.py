"""The page of a conversation's people: live for all of them, and who may not write any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models.rights import MemberRole
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

GONE = "You can't read this conversation any more."


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's and Max's."""
    return database.conversation(cast.olive, cast.max, title="Bread")


def names(page: Page) -> list[str]:
    return page.locator("[data-person] .listing-title bdi").all_inner_texts()


def row(page: Page, name: str) -> Page:
    return page.locator("[data-person]", has_text=name)  # type: ignore[return-value]


def change(page: Page, name: str, label: str) -> None:
    """Press a button about somebody."""
    row(page, name).locator("summary", has_text="Change").click()
    row(page, name).get_by_role("button", name=label).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_reached_from_the_menu(
    open_tab: Open, cast: Cast, where: str, scripts: bool
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=scripts)
    tab.page.locator(".topbar-options").click()
    tab.page.get_by_role("link", name="People", exact=True).click()
    expect(tab.page).to_have_url(f"{tab.page.url.split('/conv')[0]}/conversations/{where}/people")
    assert names(tab.page) == ["Olive", "Max"]


def test_who_comes_and_goes_is_seen_at_once(open_tab: Open, cast: Cast, where: str) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}/people").page
    max_ = open_tab(cast.max, f"/conversations/{where}/people").page
    members = open_tab(cast.max, f"/conversations/{where}").page.locator("[data-members]")
    eve = open_tab(cast.eve, "/conversations").page
    olive.fill("[name=who]", cast.eve.email)
    olive.get_by_role("button", name="Add", exact=True).click()
    for page in (olive, max_):
        expect(page.locator("[data-person] .listing-title bdi")).to_have_text(
            ["Olive", "Max", "Eve"]
        )
    expect(members).to_have_text("Olive, Max, Eve")
    expect(eve.locator(f"[data-row='{where}']")).to_be_visible()

    change(olive, "Eve", "Remove")
    for page in (olive, max_):
        expect(page.locator("[data-person] .listing-title bdi")).to_have_text(["Olive", "Max"])
    expect(members).to_have_text("Olive, Max")
    expect(eve.locator(f"[data-row='{where}']")).to_have_count(0)


def test_what_is_open_or_typed_stays_when_somebody_else_comes(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}/people").page
    page.fill("[name=who]", "Half a name")
    row(page, "Max").locator("summary").click()
    database.add_member(where, cast.eve)
    expect(page.locator("[data-person] .listing-title bdi")).to_have_text(["Olive", "Max", "Eve"])
    expect(page.locator("[name=who]")).to_have_value("Half a name")
    expect(row(page, "Max").get_by_role("button", name="Remove")).to_be_visible()


def test_a_new_owner_gets_the_forms_and_the_old_one_loses_them(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}/people").page
    max_ = open_tab(cast.max, f"/conversations/{where}/people").page
    expect(max_.locator("[name=who]")).to_have_count(0)
    change(olive, "Max", "Make them the owner")
    expect(max_.locator("[name=who]")).to_be_visible()
    expect(olive.locator("[name=who]")).to_have_count(0)
    assert names(olive) == ["Max", "Olive"]


def test_a_member_who_is_removed_is_told_so_and_can_change_nothing(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}/people").page
    people = open_tab(cast.max, f"/conversations/{where}/people").page
    talk = open_tab(cast.max, f"/conversations/{where}").page
    talk.fill("[data-composer-text]", "Half a thought")
    change(olive, "Max", "Remove")
    for page in (people, talk):
        expect(page.locator("[data-banner]")).to_contain_text(GONE)
    expect(people.locator("main form:visible, main details:visible")).to_have_count(0)
    expect(talk.locator("[data-composer-text]")).not_to_be_editable()
    expect(talk.locator("[data-composer-text]")).to_have_value("Half a thought")
    people.locator("[data-banner]").get_by_role("button").click()
    expect(people.get_by_text("Conversation not found.")).to_be_visible()


def test_a_reader_has_nothing_to_write_with_as_long_as_that_is_so(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max_ = open_tab(cast.max, f"/conversations/{where}")
    max_.ask("Why? /tokens 5 /rate 0")
    max_.wait_for("complete")
    text, note = max_.page.locator("[data-composer-text]"), max_.page.locator(".composer-reading")
    max_.page.fill("[data-composer-text]", "Half a thought")

    database.change_role(where, cast.max, MemberRole.READER)
    expect(note).to_be_visible()
    expect(text).to_be_hidden()
    for action in ("edit", "retry"):
        expect(max_.page.locator(f"[data-action={action}]:visible")).to_have_count(0)
    olive.ask("And? /tokens 100000 /rate 50")
    max_.page.locator("article[data-status=streaming]").wait_for()
    expect(max_.stop).to_be_hidden()
    max_.page.keyboard.press("Escape")
    olive.press("stop")
    olive.wait_for("stopped")
    expect(max_.page.locator("article").last).to_have_attribute("data-status", "stopped")
    max_.page.reload()
    expect(note).to_be_visible()
    expect(text).to_be_hidden()

    database.change_role(where, cast.max, MemberRole.MEMBER)
    expect(text).to_be_visible()
    expect(text).to_have_value("Half a thought")
    expect(note).to_be_hidden()


def test_without_scripts_all_of_it_is_forms(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}/people", java_script_enabled=False).page
    page.fill("[name=who]", "Eve")
    page.locator("#add-role").select_option("reader")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(row(page, "Eve")).to_contain_text("Only reads")
    change(page, "Eve", "Let them write")
    expect(row(page, "Eve")).to_contain_text("Reads and writes")
    change(page, "Max", "Remove")
    assert names(page) == ["Olive", "Eve"]
    change(page, "Eve", "Make them the owner")
    assert names(page) == ["Eve", "Olive"]
    page.locator("summary", has_text="Leave").click()
    page.get_by_role("button", name="Leave now").click()
    expect(page.get_by_text("You have left the conversation.")).to_be_visible()
    expect(page.locator(f"[data-row='{where}']")).to_have_count(0)
