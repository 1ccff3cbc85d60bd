"""The menu of a conversation: what it does, for whom, and that it can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

UNDO_MS, STILL_MS = 10_000, 5_000


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's and Max's, in which somebody wrote."""
    return database.conversation(cast.olive, cast.max, title="Loaves")


@pytest.fixture
def other(database: Database, cast: Cast) -> str:
    """Another one."""
    return database.conversation(cast.olive, title="Rolls")


def row(tab: Tab, where: str) -> Locator:
    return tab.page.locator(f"[data-list] [data-row='{where}']")


def choose(tab: Tab, where: str, item: str) -> None:
    """Choose something from the menu of a row."""
    row(tab, where).hover()
    row(tab, where).get_by_role("link", name="Options").click()
    tab.page.locator("[data-menu]").get_by_text(item, exact=True).click()


def test_a_click_on_the_title_renames_it_for_everybody(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max_ = open_tab(cast.max, f"/conversations/{where}")
    olive.page.locator("[data-title]").click()
    olive.page.locator("[data-rename] input").fill("Loaves & fishes")
    olive.page.keyboard.press("Enter")
    for tab in (olive, max_):
        expect(tab.page.locator("[data-title]")).to_have_text("Loaves & fishes")
        expect(row(tab, where).locator(".listing-title")).to_have_text("Loaves & fishes")
        expect(tab.page).to_have_title(re.compile(r"^(\(\d+\+?\) )?Loaves & fishes · Midstream$"))
    max_.page.locator("[data-title]").click()
    expect(max_.page.locator("[data-rename]")).to_be_hidden()
    olive.page.locator(".topbar-options").click()
    olive.page.locator("[data-menu]").get_by_text("Rename").click()
    olive.page.locator("[data-rename] input").fill("Never")
    olive.page.keyboard.press("Escape")
    expect(olive.page.locator("[data-title]")).to_have_text("Loaves & fishes")


def test_pinned_ones_are_first_and_archived_ones_are_elsewhere(
    open_tab: Open, cast: Cast, where: str, other: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{other}")
    choose(tab, where, "Pin")
    pinned = tab.page.locator("[data-group=Pinned]")
    expect(pinned.locator("[data-row]")).to_have_count(1)
    expect(pinned.locator(".listing-title")).to_have_text("Loaves")
    choose(tab, where, "Unpin")
    expect(pinned).to_have_count(0)
    choose(tab, where, "Archive")
    expect(row(tab, where)).to_have_count(0)
    tab.page.get_by_role("link", name="Archived conversations").click()
    expect(row(tab, where)).to_be_visible()
    choose(tab, where, "Move back to the list")
    expect(row(tab, where)).to_have_count(0)


def test_a_deletion_leaves_the_page_and_can_be_undone(
    open_tab: Open, cast: Cast, where: str, other: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max_ = open_tab(cast.max, f"/conversations/{where}")
    expect(row(max_, where)).to_be_visible()
    choose(olive, where, "Delete")
    expect(olive.page.locator("[data-title]")).not_to_have_text("Loaves")
    expect(row(olive, where)).to_have_count(0)
    expect(row(max_, where)).to_have_count(0)
    expect(
        max_.page.get_by_text("You can't read this conversation any more.").first
    ).to_be_visible()
    olive.page.get_by_role("button", name="Undo").click()
    expect(row(olive, where)).to_be_visible()
    expect(row(max_, where)).to_be_visible()


def test_a_deletion_can_be_undone_for_ten_seconds(
    open_tab: Open, cast: Cast, where: str, other: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{other}")
    expect(row(tab, where)).to_be_visible()
    tab.page.clock.install()
    choose(tab, where, "Delete")
    undo = tab.page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    tab.page.clock.fast_forward(STILL_MS)
    expect(undo).to_be_visible()
    tab.page.clock.fast_forward(UNDO_MS - STILL_MS)
    expect(undo).to_be_hidden()
    expect(tab.page.locator("[data-toast]")).to_have_text("", use_inner_text=True)
    expect(row(tab, where)).to_have_count(0)


def test_a_member_is_offered_only_what_members_may_do(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.max, f"/conversations/{where}")
    tab.page.locator(".topbar-options").click()
    menu = tab.page.locator("[data-menu]")
    expect(menu.locator(".menu-item:visible")).to_have_text(
        ["Pin", "Archive", "Mute", "People", "Export as Markdown", "Export as JSON"]
    )
    tab.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(tab.page.locator(".topbar-options")).to_be_focused()


def test_the_menu_does_not_move_the_page(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    fill(database, where, cast.olive, 10, lines=5)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    before = tab.page.evaluate("window.scrollY")
    assert before > 100
    box = tab.page.locator(".topbar-options").bounding_box()
    assert box
    tab.page.mouse.click(box["x"] + 5, box["y"] + 5)  # a locator's click scrolls by itself
    expect(tab.page.locator("[data-menu] .menu-item:visible").first).to_be_focused()
    assert tab.page.evaluate("window.scrollY") == before


def test_an_export_is_a_file(open_tab: Open, cast: Cast, where: str, tmp_path: Path) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Why? /tokens 5 /rate 0")
    tab.wait_for("complete")
    tab.page.locator(".topbar-options").click()
    with tab.page.expect_download() as download:
        tab.page.locator("[data-menu]").get_by_text("Export as Markdown").click()
    assert download.value.suggested_filename == "Loaves.md"
    download.value.save_as(tmp_path / "file")
    assert (tmp_path / "file").read_text().startswith("# Loaves\n\n## Olive, ")


def test_a_failure_is_reported(open_tab: Open, cast: Cast, where: str, other: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{other}")
    tab.page.route("**/pin", lambda route: route.abort())
    choose(tab, where, "Pin")
    expect(tab.page.locator("[data-toast]")).to_have_text(
        "That did not reach the server. Please try again.", use_inner_text=True
    )


def test_without_scripts_all_of_it_is_forms(
    open_tab: Open, cast: Cast, where: str, other: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=False)
    page = tab.page
    page.locator(".topbar-options").click()
    page.fill("main [name=title]", "Buns")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("[data-title]")).to_have_text("Buns")
    page.locator(".topbar-options").click()
    page.get_by_role("button", name="Pin").click()
    expect(page.locator("[data-group=Pinned] .listing-title")).to_have_text("Buns")
    page.locator(f"[data-row='{where}'] .listing-options").click()
    page.get_by_role("button", name="Delete for everybody").click()
    expect(page.locator(f"[data-row='{where}']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-title]")).to_have_text("Buns")


def test_without_scripts_a_phone_has_the_list_as_a_page(
    open_tab: Open, cast: Cast, where: str
) -> None:
    size = {"width": 390, "height": 800}
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=size, java_script_enabled=False)
    expect(tab.page.locator(".sidebar")).to_be_hidden()
    tab.page.get_by_role("link", name="Conversations").click()
    expect(tab.page.locator("h1")).to_have_text("Conversations")
