"""Versions of questions and answers: chosen with buttons, for every reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from app.models.rights import MemberRole
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "/tokens 5 /rate 0"
SIZES = [{"width": 320, "height": 700}, {"width": 1280, "height": 800}]


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def edited(open_tab: Open, cast: Cast, where: str, **options: object) -> Tab:
    """Olive's tab: two questions, of which the first is then edited."""
    tab = open_tab(cast.olive, f"/conversations/{where}", **options)
    for count, question in enumerate(("First?", "Second?"), start=1):
        tab.ask(f"{question} {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)
    tab.page.locator("[data-action=edit]:visible").first.click()
    tab.ask(f"Another? {QUICK}")
    expect(tab.page.locator("article")).to_have_count(2)
    tab.wait_for("complete")
    return tab


def button(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("button", name=f"{name} version")


def seq(tab: Tab) -> int:
    return int(tab.answer.get_attribute("data-seq") or 0)


def number(tab: Tab) -> Locator:
    return tab.page.locator(".message-version")


def questions(tab: Tab) -> list[str]:
    shown = tab.page.locator("article[data-role=user] .message-content").all_inner_texts()
    return [text.split()[0] for text in shown]


def test_every_reader_sees_the_version_that_somebody_has_chosen(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = edited(open_tab, cast, where)
    max = open_tab(cast.max, f"/conversations/{where}")
    for tab in (olive, max):
        expect(number(tab)).to_have_text("Version 2/ of 2")
        expect(button(tab, "Next")).to_be_disabled()

    button(max, "Previous").click()

    for tab in (olive, max):
        expect(tab.page.locator("article")).to_have_count(4)
        expect(number(tab)).to_have_text("Version 1/ of 2")
        assert questions(tab) == ["First?", "Second?"]
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert olive.articles == max.articles == fresh.articles
    expect(max.page.get_by_role("status")).to_have_text("Version 1 of 2 is shown.")


def test_somebody_who_only_reads_sees_which_version_it_is_and_chooses_none(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    edited(open_tab, cast, where)
    max = open_tab(cast.max, f"/conversations/{where}")
    expect(button(max, "Previous")).to_be_visible()
    database.change_role(where, cast.max, MemberRole.READER)
    expect(button(max, "Previous")).to_be_hidden()
    expect(number(max)).to_be_visible()


def test_the_keyboard_chooses_and_keeps_the_focus(open_tab: Open, cast: Cast, where: str) -> None:
    tab = edited(open_tab, cast, where)
    button(tab, "Previous").focus()
    tab.page.keyboard.press("Enter")
    expect(number(tab)).to_have_text("Version 1/ of 2")
    expect(button(tab, "Next")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(number(tab)).to_have_text("Version 2/ of 2")
    expect(button(tab, "Previous")).to_be_focused()


def test_an_answer_that_streams_goes_on_while_another_version_is_shown(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Go on /tokens 100000 /rate 50")
    tab.wait_for_text()
    tab.press("stop")
    tab.wait_for("stopped")
    tab.press("retry")
    tab.wait_for("streaming")
    tab.wait_for_text()
    shown = seq(tab)
    button(tab, "Previous").click()
    tab.wait_for("stopped")
    expect(tab.stop).to_be_hidden()

    button(tab, "Next").click()

    tab.wait_for("streaming")
    expect(tab.stop).to_be_visible()
    eventually(lambda: seq(tab) > shown)
    tab.press("stop")
    tab.wait_for("stopped")
    expect(number(tab)).to_have_text("Version 2/ of 2")
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert tab.articles == fresh.articles


def test_the_buttons_are_accessible_and_fit(open_tab: Open, cast: Cast, where: str) -> None:
    tab = edited(open_tab, cast, where)
    tab.press("retry")
    tab.wait_for("complete")
    expect(number(tab)).to_have_count(2)
    for size in SIZES:
        tab.page.set_viewport_size(size)  # type: ignore[arg-type]
        assert_accessible(tab.page)
        assert_fits(tab.page)


def test_an_answer_is_retried_with_another_model(
    open_tab: Open, database: Database, cast: Cast, where: str, two_models: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", two_models)
    tab.ask(f"First? {QUICK}")
    tab.wait_for("complete")
    tab.page.get_by_role("button", name="Retry with another model").click()
    assert_accessible(tab.page)
    tab.page.get_by_role("button", name="Retry with other").click()

    expect(number(tab)).to_have_text("Version 2/ of 2")
    expect(tab.page.get_by_role("button", name="Retry with other")).to_be_hidden()
    assert database.messages(where)[-1].model == "openai:other"


def test_a_result_in_a_version_that_is_not_shown_offers_to_show_it(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = edited(open_tab, cast, where)
    tab.page.goto("/conversations?q=Second")
    tab.page.locator(f"main .listing-link[href*='{where}']").click()
    expect(tab.page.locator(".conversation-found")).to_be_visible()
    assert_accessible(tab.page)

    tab.page.get_by_role("button", name="Show it to everybody").click()

    expect(tab.page.locator("article")).to_have_count(4)
    assert questions(tab) == ["First?", "Second?"]
