"""The list of conversations, and how one begins."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

LONG = "A title that goes on and on until there is no room left for it in its line, and beyond"
SIZES = [{"width": 1280, "height": 800}, {"width": 768, "height": 900}]


def test_a_new_one_is_to_be_written_in_at_once(open_tab: Open, cast: Cast) -> None:
    tab = open_tab(cast.rex, "/conversations")
    tab.page.get_by_role("button", name="New conversation").click()
    expect(tab.page.get_by_text("Demo (no model: a script) will answer.")).to_be_visible()
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()
    first = tab.page.url

    tab.page.goto("/conversations")
    tab.page.get_by_role("button", name="New conversation").click()

    expect(tab.page).to_have_url(first)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_example_is_asked(open_tab: Open, database: Database, cast: Cast, scripts: bool) -> None:
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
        assert tab.page.evaluate("window.isTheSamePage"), "it has loaded another"


def test_an_example_is_asked_beside_what_is_being_written(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "half a thought")
    tab.page.get_by_role("button", name="Why is the sky blue?").click()
    expect(tab.page.locator("article")).to_have_count(2)
    expect(tab.page.locator("[data-composer-text]")).to_have_value("half a thought")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_rows_are_in_columns(
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


def test_a_row_says_who_is_there_and_whether_an_answer_comes(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title="Busy")
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Hang? /tokens 9 /rate 0 /hang after 5")
    tab.waits_for_text("content")
    tab.page.goto("/conversations")
    row = tab.page.get_by_role("link", name="Busy")
    expect(row).to_contain_text("Olive, Max · Demo (no model: a script)")
    expect(row).to_contain_text("Answering")
    tab.page.goto(f"/conversations/{where}")
    tab.press("stop")
    tab.waits_for("stopped")
    tab.page.goto("/conversations")
    expect(row).not_to_contain_text("Answering")


def edge(part: Locator) -> float:
    """Return where it ends."""
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"]
