"""The last question is edited in place of being asked again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "/tokens 5 /rate 0"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def asked(open_tab: Open, cast: Cast, where: str) -> Tab:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(f"First? {QUICK}")
    tab.waits_for("complete")
    return tab


def test_up_edits_the_last_question_for_every_reader(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    olive = asked(open_tab, cast, where)
    max = open_tab(cast.max, f"/conversations/{where}")
    olive.page.press("[data-composer-text]", "ArrowUp")
    expect(text(olive)).to_have_value(f"First? {QUICK}")
    expect(olive.page.locator("[data-composer-editing]")).to_be_visible()

    olive.ask(f"Second? {QUICK}")

    for tab in (olive, max):
        expect(tab.page.locator("article")).to_have_count(2)
        expect(tab.page.locator("article").first).to_contain_text("Second?")
        tab.waits_for("complete")
    expect(olive.page.locator("[data-composer-editing]")).to_be_hidden()
    assert database.messages(where)[0].content == f"Second? {QUICK}"
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert olive.articles == max.articles == fresh.articles


def test_an_answer_that_is_being_written_goes(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for_text("content")
    edit(tab).click()
    expect(text(tab)).to_be_focused()

    tab.ask(f"Better? {QUICK}")

    tab.waits_for("complete")
    assert [m.status for m in database.messages(where)] == ["complete", "complete"]


def test_escape_leaves_the_edit_and_what_was_being_written_is_back(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = asked(open_tab, cast, where)
    tab.page.fill("[data-composer-text]", "half a thou")
    edit(tab).click()
    expect(text(tab)).to_have_value(f"First? {QUICK}")
    tab.page.reload()
    expect(tab.page.locator("[data-composer-editing]")).to_be_visible()
    expect(text(tab)).to_have_value(f"First? {QUICK}")

    tab.page.press("[data-composer-text]", "Escape")

    expect(text(tab)).to_have_value("half a thou")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()


def test_nobody_else_is_offered_an_edit(open_tab: Open, cast: Cast, where: str) -> None:
    olive = asked(open_tab, cast, where)
    max = open_tab(cast.max, f"/conversations/{where}")
    expect(edit(olive)).to_be_visible()
    expect(edit(max)).to_be_hidden()
    max.page.press("[data-composer-text]", "ArrowUp")
    expect(text(max)).to_have_value("")

    max.ask(f"And? {QUICK}")

    expect(edit(max)).to_be_visible()
    expect(edit(olive)).to_be_hidden()


def test_what_can_not_be_edited_any_more_is_not_lost(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = asked(open_tab, cast, where)
    tab.page.fill("[data-composer-text]", "half a thought")
    edit(tab).click()
    max = open_tab(cast.max, f"/conversations/{where}")
    max.ask(f"Meanwhile? {QUICK}")
    expect(tab.page.locator("article")).to_have_count(4)

    tab.ask(f"Second? {QUICK}")

    expect(tab.page.locator("[data-composer-note]")).to_contain_text("Only the last question")
    expect(text(tab)).to_have_value(f"Second? {QUICK}\n\nhalf a thought")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()
    assert len(database.messages(where)) == 4


def test_escape_stops_the_answer(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for_text("content")

    tab.page.keyboard.press("Escape")

    tab.waits_for("stopped")


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def edit(tab: Tab) -> Locator:
    return tab.page.locator("[data-action=edit]").last
