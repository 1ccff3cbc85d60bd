"""The list of conversations, the search, and new conversations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from app.extensions import db
from app.models import Conversation, Message, Role
from app.models.paging import PAGE_MESSAGES
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

LONG = "A title that goes on and on until there is no room left for it in its line, and beyond"
SIZES = [{"width": 1280, "height": 800}, {"width": 768, "height": 900}]


def test_a_new_conversation_focuses_its_form_and_is_reused(open_tab: Open, cast: Cast) -> None:
    tab = open_tab(cast.rex, "/conversations")
    tab.page.get_by_role("button", name="New conversation").click()
    expect(tab.page.get_by_text("Demo (no model: a script) will answer.")).to_be_visible()
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()
    first = tab.page.url

    tab.page.goto("/conversations")
    tab.page.get_by_role("button", name="New conversation").click()

    expect(tab.page).to_have_url(first)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_example_question_can_be_asked(
    open_tab: Open, database: Database, cast: Cast, scripts: bool
) -> None:
    where = database.conversation(cast.olive)
    path = f"/conversations/{where}"
    tab = open_tab(cast.olive, path, java_script_enabled=scripts)
    if scripts:
        tab.page.evaluate("window.isTheSamePage = true")
    tab.page.get_by_role("button", name="Why is the sky blue?").click()
    expect(tab.page.locator("article")).to_have_count(2)
    expect(tab.page.get_by_role("button", name="Why is the sky blue?")).to_be_hidden()
    assert database.messages(where)[0].content == "Why is the sky blue?"
    if scripts:
        assert tab.page.evaluate("window.isTheSamePage"), "the page has been reloaded"


def test_an_example_question_keeps_the_draft(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.evaluate("window.isTheSamePage = true")
    tab.page.fill("[data-composer-text]", "half a thought")
    tab.page.get_by_role("button", name="Why is the sky blue?").click()
    expect(tab.page.locator("article")).to_have_count(2)
    expect(tab.page.locator("[data-composer-text]")).to_have_value("half a thought")
    assert tab.page.evaluate("window.isTheSamePage"), "the page has been reloaded"
    assert database.messages(where)[0].content == "Why is the sky blue?"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_rows_are_aligned(
    open_tab: Open, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    for title in (LONG, "Short"):
        database.conversation(cast.rex, title=title)
    tab = open_tab(cast.rex, "/conversations", viewport=size)
    times = tab.page.locator(".listing-time")
    assert len({edge(time) for time in times.all()}) == 1
    rows = tab.page.locator(".listing-link").all()
    assert len(rows) == len(times.all()) >= 2
    assert len({row.evaluate("e => e.offsetHeight") for row in rows}) == 1


def test_a_row_shows_the_members_and_a_streaming_answer(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title="Busy")
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.wait_for_text("content")
    tab.page.goto("/conversations")
    row = tab.page.locator(f"[data-row='{where}'] .listing-link")
    expect(row).to_contain_text("Olive, Max · Demo (no model: a script)")
    expect(row).to_contain_text("Answering")
    tab.page.goto(f"/conversations/{where}")
    tab.press("stop")
    tab.wait_for("stopped")
    tab.page.goto("/conversations")
    expect(row).not_to_contain_text("Answering")


def test_search_finds_a_conversation_or_says_that_none_matches(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    database.conversation(cast.max, title="A rare word: zwieback")
    tab = open_tab(cast.max, "/conversations")
    tab.page.fill("#search", "ZWIEBACK")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".listing-title")).to_have_text("A rare word: zwieback")

    tab.page.fill("#search", "<b>nothing</b>")
    tab.page.keyboard.press("Enter")

    expect(tab.page.get_by_text("No conversation contains “<b>nothing</b>”.")).to_be_visible()


def edge(part: Locator) -> float:
    """Return its right edge in pixels."""
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_result_opens_at_its_message(
    open_tab: Open, database: Database, cast: Cast, scripts: bool
) -> None:
    title = f"A long one, scripts: {scripts}"
    where = database.conversation(cast.max, title=title)
    key = database.read(lambda: Conversation.by_public_id(where).id)

    def work() -> None:
        here = db.session.get_one(Conversation, key)
        for number in range(PAGE_MESSAGES + 20):
            html = f"<p>{title}, {number}.</p>"
            Message.add(here, Role.USER, f"{title}, {number}.", seq=1, content_html=html)

    database.write(work)
    tab = open_tab(cast.max, "/conversations", java_script_enabled=scripts)
    for number in (5, PAGE_MESSAGES):
        tab.page.goto(f'/conversations?q="{title}, {number}."')
        expect(tab.page.locator(".listing-snippet mark")).to_have_text(f"{title}, {number}.")
        tab.page.locator(".listing-link", has_text=title).click()
        message = tab.page.locator("article", has_text=f"{title}, {number}.").first
        expect(message).to_be_in_viewport()
        assert message.get_attribute("id") == tab.page.url.split("#")[1]
