"""Reactions, pins, quotations, branches, and answers that go on: live, for two people."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "/tokens 5 /rate 0"
THUMB, HEART = "👍", "❤️"
SMALL = {"width": 320, "height": 700}


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def menu(tab: Tab, message: Locator) -> Locator:
    """Open the menu of a message."""
    message.locator("[data-action=more]").click()
    opened = tab.page.locator("[data-message-menu]")
    expect(opened).to_be_visible()
    return opened


def chips(tab: Tab) -> Locator:
    return tab.answer.locator(".reaction")


def test_reactions_and_pins_are_live_and_the_same_after_a_reload(
    open_tab: Open, cast: Cast, where: str
) -> None:
    path = f"/conversations/{where}"
    olive = open_tab(cast.olive, path)
    olive.ask(f"Why? {QUICK}")
    olive.wait_for("complete")
    max = open_tab(cast.max, path)
    menu(olive, olive.answer).get_by_role("button", name=THUMB).click()
    expect(chips(max)).to_have_text([f"{THUMB}1 by Olive"])
    chips(max).click()
    expect(chips(olive)).to_have_text([f"{THUMB}2 by Olive, Max"])
    expect(chips(max)).to_be_focused()
    menu(max, max.answer).get_by_role("button", name=HEART).click()
    expect(chips(olive)).to_have_count(2)
    expect(chips(olive).nth(0)).to_have_attribute("aria-pressed", "true")
    expect(chips(olive).nth(1)).to_have_attribute("aria-pressed", "false")
    own = menu(olive, olive.answer).get_by_role("button", name=THUMB)
    expect(own).to_have_attribute("aria-pressed", "true")
    own.click()
    expect(chips(max).nth(0)).to_have_text(f"{THUMB}1 by Max")

    menu(max, max.answer).get_by_role("button", name="Pin for everybody").click()
    bar = olive.page.locator("[data-pins]")
    expect(bar.locator("summary")).to_have_text("1 pinned message")
    bar.locator("summary").click()
    expect(bar.locator(".pinned-by")).to_have_text("Pinned by Max")
    assert_accessible(olive.page)
    olive.page.emulate_media(color_scheme="light")
    bar.locator(".pinned-message").click()
    expect(olive.page).to_have_url(re.compile("#[0-9a-f]{32}$"))
    fresh = open_tab(cast.max, path)
    expect(chips(fresh)).to_have_count(2)
    assert fresh.articles == max.articles == open_tab(cast.max, path).articles
    bars = [each.page.locator("[data-pins]").inner_text().split() for each in (max, fresh)]
    assert bars[0] == bars[1]
    menu(olive, olive.answer).get_by_role("button", name="Unpin").click()
    expect(max.page.locator("[data-pins]")).to_be_hidden()
    for tab in (olive, max):
        assert tab.errors == []


def test_a_missed_reaction_comes_with_the_next_join(open_tab: Open, cast: Cast, where: str) -> None:
    path = f"/conversations/{where}"
    olive, max = open_tab(cast.olive, path), open_tab(cast.max, path)
    olive.ask(f"Why? {QUICK}")
    max.wait_for("complete")
    max.page.context.set_offline(True)
    expect(max.page.locator("[data-banner]")).to_be_visible(timeout=60_000)
    menu(olive, olive.answer).get_by_role("button", name=THUMB).click()
    expect(chips(olive)).to_have_count(1)
    max.page.context.set_offline(False)
    expect(chips(max)).to_have_text([f"{THUMB}1 by Olive"], timeout=60_000)


def test_a_passage_is_quoted_where_the_cursor_is(open_tab: Open, cast: Cast, where: str) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask(f"Why? {QUICK}")
    olive.wait_for("complete")
    field = olive.page.locator("[data-composer-text]")
    field.fill("My draft")
    quote = olive.page.locator("[data-quote]")
    expect(quote).to_be_hidden()
    olive.answer.locator(".message-content h2").click(click_count=3)
    quote.click()
    expect(field).to_have_value("My draft\n> Demo:\n> This is a demo\n\n")
    expect(field).to_be_focused()
    expect(quote).to_be_hidden()
    olive.page.keyboard.type(f"Really? {QUICK}")
    field.press("Enter")
    question = olive.page.locator("article[data-role=user]").last
    expect(question.locator("blockquote")).to_have_text("> Demo:\n> This is a demo\n")
    question.locator(".message-quoted").click()
    expect(olive.page).to_have_url(re.compile("#[0-9a-f]{32}$"))
    menu(olive, olive.page.locator("article[data-role=user]").first).get_by_role(
        "button", name="Quote"
    ).click()
    expect(field).to_have_value(f"> Olive:\n> Why? {QUICK}\n\n")
    assert_accessible(olive.page)
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    assert fresh.articles == olive.articles
    assert olive.errors == []


def test_an_answer_goes_on_and_a_branch_begins(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    path = f"/conversations/{where}"
    olive, max = open_tab(cast.olive, path, viewport=SMALL), open_tab(cast.max, path)
    olive.ask("Why? /tokens 9 /fail after 4 /rate 0")
    max.wait_for("failed")
    begun = max.answer.locator(".message-content").inner_text()
    assert_accessible(olive.page)
    assert_fits(olive.page)
    olive.answer.locator("[data-action=continue]").click()
    max.wait_for("complete")
    olive.wait_for("complete")
    expect(max.answer.locator("[data-action=continue]")).to_be_hidden()
    assert max.answer.locator(".message-content").inner_text().startswith(begun.strip())
    assert len(database.messages(where)[-1].content.split()) == 9
    assert open_tab(cast.max, path).articles == max.articles
    opened = menu(olive, olive.answer)
    assert_accessible(olive.page)
    assert_fits(olive.page)
    opened.get_by_role("button", name="Branch from here").click()
    expect(olive.page).not_to_have_url(re.compile(where))
    expect(olive.page.locator("h1")).to_have_text(re.compile("^Branch of "))
    expect(olive.page.locator(".conversation-more > a")).to_have_attribute("href", path)
    assert olive.errors == [] == max.errors
