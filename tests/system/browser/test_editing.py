"""Editing one's own questions."""

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
    tab.wait_for("complete")
    return tab


def test_arrow_up_edits_the_last_question_for_every_reader(
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
        tab.wait_for("complete")
    expect(olive.page.locator("[data-composer-editing]")).to_be_hidden()
    assert database.messages(where)[0].content == f"Second? {QUICK}"
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert olive.articles == max.articles == fresh.articles


def test_an_edit_replaces_a_streaming_answer(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.wait_for_text("content")
    edit(tab).click()
    expect(text(tab)).to_be_focused()

    tab.ask(f"Better? {QUICK}")

    tab.wait_for("complete")
    assert [m.status for m in database.messages(where)] == ["complete", "complete"]


def test_escape_cancels_the_edit_and_restores_the_draft(
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


def test_only_the_author_of_a_question_can_edit(open_tab: Open, cast: Cast, where: str) -> None:
    olive = asked(open_tab, cast, where)
    max = open_tab(cast.max, f"/conversations/{where}")
    expect(editable(olive)).to_have_count(1)
    expect(editable(max)).to_have_count(0)
    max.page.press("[data-composer-text]", "ArrowUp")
    expect(text(max)).to_have_value("")

    max.ask(f"And? {QUICK}")

    expect(editable(max)).to_have_count(1)
    expect(editable(olive)).to_have_count(1)


def test_an_edit_that_comes_too_late_is_not_lost(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = asked(open_tab, cast, where)
    tab.page.fill("[data-composer-text]", "half a thought")
    edit(tab).click()
    other = open_tab(cast.olive, f"/conversations/{where}")
    edit(other).click()
    other.ask(f"Meanwhile? {QUICK}")
    expect(tab.page.locator("article").first).to_contain_text("Meanwhile?")

    tab.ask(f"Second? {QUICK}")

    expect(tab.page.locator("[data-composer-note]")).to_contain_text("Another version")
    expect(text(tab)).to_have_value(f"Second? {QUICK}\n\nhalf a thought")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()
    assert len(database.messages(where)) == 2


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def editable(tab: Tab) -> Locator:
    return tab.page.locator("[data-action=edit]:visible")


def edit(tab: Tab) -> Locator:
    return tab.page.locator("[data-action=edit]").last
