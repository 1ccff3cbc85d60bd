"""Who is here, who types, who has seen what, and what is new: on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.models.rights import MemberRole
from app.views.avatars import hue, initials
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible
from tests.system.browser.stored import exchange, fill
from tests.system.browser.tab import SHOW, Tab
from tests.system.browser.viewport import is_at_bottom, scroll

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PATIENCE_MS = 60_000
SHIFTS = """() => {
  window.shifts = [];
  const note = (list) => window.shifts.push(...list.getEntries().map(({ value }) => value));
  new PerformanceObserver(note).observe({ type: "layout-shift" });
}"""
SERVED = """async (path) => {
  const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html");
  return Array.from(page.querySelectorAll("[data-seen]"), (one) => one.innerHTML);
}"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's with Max and Rex, with some text."""
    where = database.conversation(cast.olive, cast.max, cast.rex, title="Together")
    exchange(database, where, cast.olive, "Why?", "Because.")
    return where


def show(tab: Tab, state: str) -> None:
    """Make the page believe that it is hidden, or visible."""
    tab.page.evaluate(SHOW, state)


def test_who_comes_and_goes_is_shown_in_the_header(open_tab: Open, cast: Cast, where: str) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    here = olive.page.locator("[data-present] li")
    expect(here).to_have_count(1, timeout=PATIENCE_MS)
    expect(here.locator(".avatar")).to_have_text("M")
    expect(here.locator(".visually-hidden")).to_have_text("Max, reading along")
    show(max, "hidden")
    expect(here).to_have_count(0, timeout=PATIENCE_MS)
    show(max, "visible")
    expect(here).to_have_count(1, timeout=PATIENCE_MS)
    rex = open_tab(cast.rex, f"/conversations/{where}")
    expect(here).to_have_count(2, timeout=PATIENCE_MS)
    rex.page.goto("/conversations")
    expect(here).to_have_count(1, timeout=PATIENCE_MS)


def test_one_who_has_scrolled_up_does_not_read_along(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    fill(database, where, cast.olive, 30, lines=3)
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    here = olive.page.locator("[data-present] li .visually-hidden")
    expect(here).to_have_text("Max, reading along", timeout=PATIENCE_MS)
    scroll(max.page, -1500)
    expect(here).to_have_text("Max", timeout=PATIENCE_MS)


def test_who_types_is_said_and_nothing_moves(open_tab: Open, cast: Cast, where: str) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    expect(olive.page.locator("[data-present] li")).to_have_count(1, timeout=PATIENCE_MS)
    expect(olive.page.locator("[data-seen] .avatar")).to_have_count(1, timeout=PATIENCE_MS)
    olive.page.evaluate(SHIFTS)
    line = olive.page.locator("[data-typing]")
    expect(line).to_have_text("")
    max.page.locator("[data-composer-text]").press_sequentially("Well, ")
    expect(line).to_have_text("Max is typing…", timeout=PATIENCE_MS)
    expect(line).not_to_have_attribute("role", "status")
    assert line.evaluate("e => e.closest('[aria-live], [role=status], [role=log]')") is None
    expect(line).to_have_text("", timeout=PATIENCE_MS)  # by itself
    max.page.locator("[data-composer-text]").press_sequentially("so")
    expect(line).to_have_text("Max is typing…", timeout=PATIENCE_MS)
    assert olive.page.evaluate("window.shifts") == []
    max.page.keyboard.press("Enter")
    expect(line).to_have_text("", timeout=PATIENCE_MS)
    assert is_at_bottom(olive.page)


def test_one_who_only_reads_is_shown_and_sees_who_types(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    database.change_role(where, cast.max, MemberRole.READER)
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    expect(olive.page.locator("[data-present] .avatar")).to_have_text("M", timeout=PATIENCE_MS)
    olive.page.locator("[data-composer-text]").press_sequentially("Dear reader")
    expect(max.page.locator("[data-typing]")).to_have_text("Olive is typing…", timeout=PATIENCE_MS)


def test_seen_marks_move_to_the_last_message_that_somebody_saw(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    expect(olive.page.locator("[data-seen]:not([hidden])")).to_have_count(0)
    max = open_tab(cast.max, f"/conversations/{where}")
    seen = olive.page.locator("[data-seen] .visually-hidden")
    expect(seen).to_have_text("Seen by Max", timeout=PATIENCE_MS)
    show(max, "hidden")
    olive.ask("And then? /tokens 4")
    olive.wait_for("complete")
    assert (
        olive.page.locator("article:has([data-seen] .avatar)").get_attribute("data-position") == "2"
    )
    show(max, "visible")
    expect(olive.answer.locator("[data-seen] .visually-hidden")).to_have_text(
        "Seen by Max", timeout=PATIENCE_MS
    )
    live = olive.page.locator("[data-seen]").evaluate_all("all => all.map((e) => e.innerHTML)")
    assert olive.page.evaluate(SERVED, f"/conversations/{where}") == live


def test_alone_nobody_is_shown(open_tab: Open, cast: Cast, database: Database) -> None:
    alone = database.conversation(cast.olive)
    exchange(database, alone, cast.olive, "Why?", "Because.")
    tabs = [open_tab(cast.olive, f"/conversations/{alone}") for _ in range(2)]
    for tab in tabs:
        expect(tab.page.locator("[data-present]")).to_be_hidden()
        expect(tab.page.locator("[data-seen]:not([hidden])")).to_have_count(0)


def test_what_is_new_is_counted_in_the_list_and_in_the_title(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    elsewhere = database.conversation(cast.olive)
    tabs = [
        open_tab(cast.olive, path) for path in (f"/conversations/{elsewhere}", "/conversations")
    ]
    count = f"[data-row='{where}'] [data-unread-count]"
    for tab in tabs:
        expect(tab.page.locator(count)).to_have_text("1")
    titles = [tab.page.title() for tab in tabs]
    max = open_tab(cast.max, f"/conversations/{where}")
    max.ask("And then? /tokens 4")
    max.wait_for("complete")
    for tab in tabs:
        expect(tab.page.locator(count)).to_have_text("3", timeout=PATIENCE_MS)
        expect(tab.page.locator(f"[data-row='{where}'] .listing-unread")).to_have_text("3 unread")
        expect(tab.page).to_have_title(_more(titles[tabs.index(tab)], 2), timeout=PATIENCE_MS)
    reading = open_tab(cast.olive, f"/conversations/{where}")
    expect(reading.page.locator("article")).to_have_count(4)
    for tab in tabs:
        expect(tab.page.locator(f"[data-row='{where}'] .listing-unread")).to_be_hidden(
            timeout=PATIENCE_MS
        )


def _more(title: str, count: int) -> str:
    number, _, rest = title.removeprefix("(").partition(") ")
    return f"({int(number) + count}) {rest}"


def test_a_page_in_the_background_reads_nothing_and_marks_what_is_new(
    open_tab: Open, cast: Cast, where: str
) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    mark = olive.page.locator("[data-new-mark]")
    other = open_tab(cast.olive, "/conversations")
    unread = other.page.locator(f"[data-row='{where}'] .listing-unread")
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)
    show(olive, "hidden")
    max.ask("And then? /tokens 4")
    max.wait_for("complete")
    expect(unread).to_have_text("2 unread", timeout=PATIENCE_MS)
    expect(mark).to_have_count(1, timeout=PATIENCE_MS)
    assert mark.evaluate("e => e.nextElementSibling.dataset.position") == "3"
    show(olive, "visible")
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)
    expect(mark).to_have_count(1)
    show(olive, "hidden")
    show(olive, "visible")
    expect(mark).to_have_count(0)


def test_what_was_not_in_sight_is_not_read(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    fill(database, where, cast.olive, 30, lines=3)
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    other = open_tab(cast.olive, "/conversations")
    unread = other.page.locator(f"[data-row='{where}'] .listing-unread")
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)
    scroll(olive.page, -1500)
    max.ask("And then? /tokens 4")
    max.wait_for("complete")
    expect(unread).to_have_text("2 unread", timeout=PATIENCE_MS)
    olive.page.locator("[data-latest]").click()
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_mark_says_where_one_stopped_reading(
    open_tab: Open, cast: Cast, where: str, database: Database, scripts: bool
) -> None:
    first = open_tab(cast.max, f"/conversations/{where}", java_script_enabled=scripts)
    other = open_tab(cast.max, "/conversations")
    expect(other.page.locator(f"[data-row='{where}'] .listing-unread")).to_be_hidden(
        timeout=PATIENCE_MS
    )
    first.page.goto("about:blank")
    exchange(database, where, cast.olive, "And then?", "Then that.")
    tab = open_tab(cast.max, f"/conversations/{where}", java_script_enabled=scripts)
    mark = tab.page.locator("[data-new-mark]")
    expect(mark).to_have_text("New")
    assert mark.evaluate("e => e.nextElementSibling.dataset.position") == "3"
    other.page.reload()
    expect(other.page.locator(f"[data-row='{where}'] .listing-unread")).to_be_hidden(
        timeout=PATIENCE_MS
    )
    tab.page.reload()
    expect(tab.page.locator("[data-new-mark]")).to_have_count(0)


def test_a_page_opens_at_the_first_new_message_and_the_rest_is_not_read(
    open_tab: Open, cast: Cast, where: str, database: Database
) -> None:
    first = open_tab(cast.max, f"/conversations/{where}")
    other = open_tab(cast.max, "/conversations")
    unread = other.page.locator(f"[data-row='{where}'] .listing-unread")
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)
    first.page.close()  # one that reconnects would show, and so read, what is new
    fill(database, where, cast.olive, 20, lines=5)
    tab = open_tab(cast.max, f"/conversations/{where}")
    expect(tab.page.locator("[data-new-mark]")).to_be_in_viewport()
    other.page.reload()
    expect(unread).to_be_visible()
    tab.page.locator("[data-latest]").click()
    expect(unread).to_be_hidden(timeout=PATIENCE_MS)


def test_people_fit_and_axe_finds_nothing(open_tab: Open, cast: Cast, database: Database) -> None:
    bots = [database.bot(f"Bot {number}") for number in range(5)]
    where = database.conversation(cast.olive, cast.max, cast.rex, *bots, title="A long title " * 9)
    exchange(database, where, cast.olive, "Why?", "Because.")
    olive = open_tab(cast.olive, f"/conversations/{where}")
    opened = [open_tab(who, f"/conversations/{where}") for who in (cast.max, cast.rex)]
    expect(olive.page.locator("[data-present] li")).to_have_count(2, timeout=PATIENCE_MS)
    expect(olive.page.locator("[data-seen] .avatar")).to_have_count(2, timeout=PATIENCE_MS)
    opened[0].page.locator("[data-composer-text]").press_sequentially("Hm")
    expect(olive.page.locator("[data-typing]")).not_to_be_empty(timeout=PATIENCE_MS)
    for width in (320, 1280):
        olive.page.set_viewport_size({"width": width, "height": 700})
        assert olive.page.evaluate("document.documentElement.scrollWidth") == width
        assert_accessible(olive.page)


def test_what_the_server_renders_is_what_the_page_makes(open_tab: Open) -> None:
    tab = open_tab(None, "/login", bypass_csp=True)
    js = tab.serve_modules()
    names = ["Ada", "ada lovelace", "Ada Ada", "éva ßen", "👩‍👩‍👧 x", " "]
    made = tab.page.evaluate(
        "async ([js, names]) => {"
        " const { avatar } = await import(`${js}/presence.js`);"
        " return names.map((name) => { const one = avatar({ name, sender: name + '-_9' });"
        " return [one.textContent, one.dataset.hue]; }); }",
        [js, names],
    )
    assert made == _rendered(names)


def _rendered(names: list[str]) -> list[list[str]]:
    return [[initials(name), str(hue(f"{name}-_9"))] for name in names]
