"""Questions: whose they are, when they were asked, and that they are shown as typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from app.extensions import db
from app.models import Message, User
from app.models.deleting import delete_person
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server, command
from tests.system.browser.settled import assert_settled
from tests.system.browser.stored import fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]

AUTHORS = "article[data-role=user] .message-author"
Read = Callable[..., Reader]
QUICK = "/tokens 5 /rate 0"
PHONE = {"width": 390, "height": 844}
LONG_AGO = datetime(2019, 5, 4, 12, 30, tzinfo=UTC)
HEIGHT = "e => e.closest('header').offsetHeight"
LINE_PX = 26
HOSTILE = "Rex\u202e"  # what follows would be shown backwards
EDGES = """() => [...document.querySelectorAll(".topbar-members bdi")].map((name) => {
  const { left, right } = name.getBoundingClientRect();
  return [left, right];
})"""
AS_TYPED = "\n/tokens 5 /rate 0"
QUESTION = (
    "2*3*4*5 = ?\n    indented   line\n\ttab\n\n\n# not a heading, __init__ and C:\\_new\\*x\n"
    "```python\nx = '*a*'\n\n```\n- no list\n1. none\n<b>&amp;</b>\n"
    "\u05e9\u05dc\u05d5\u05dd" + AS_TYPED
)
SHOWN = "e => e.innerText.replace(/\\n$/, '')"
ZONE = "America/Sao_Paulo"
TIME_OF_DAY = re.compile(r"^\d{1,2}:\d\d$")
HIDE_AND_SHOW = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def test_own_questions_are_on_the_right(open_tab: Open, cast: Cast, where: str) -> None:
    olive, max = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    for count, tab in enumerate((olive, max), start=1):
        tab.ask(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    for tab, own in ((olive, [True, False]), (max, [False, True])):
        assert are_on_the_right(tab) == own
        expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(sum(own))
        assert are_marked_own(tab) == own
        live = tab.articles
        tab.page.reload()
        assert are_on_the_right(tab) == own
        assert tab.articles == live
        assert are_marked_own(tab) == own


def test_questions_of_a_user_with_the_same_name_are_not_own(
    open_tab: Open, read: Read, database: Database, cast: Cast, where: str
) -> None:
    twin = database.same_name(cast.olive, where)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    for count, question in enumerate([tab.ask, read(twin, where).send], start=1):
        question(f"Mine? {QUICK}")
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * count)

    assert tab.page.locator(".message-author").all_inner_texts()[::2] == ["Olive", "Olive"]
    assert are_on_the_right(tab) == [True, False]
    expect(tab.page.locator("[data-action=edit]:visible")).to_have_count(1)


def test_dates_have_only_the_time_today_and_the_day_later(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=PHONE, locale="en-GB")
    tab.ask(f"When? {QUICK}")
    tab.wait_for("complete")
    assert re.fullmatch(r"\d\d?:\d\d", time(tab).inner_text())
    assert str(datetime.now(UTC).year) in (time(tab).get_attribute("title") or "")
    assert time(tab).evaluate(HEIGHT) < LINE_PX

    database.write(lambda: db.session.execute(db.update(Message).values(created_at=LONG_AGO)))
    tab.page.reload()

    assert time(tab).inner_text() == "4 May 2019"
    assert time(tab).evaluate(HEIGHT) < LINE_PX


def are_on_the_right(tab: Tab) -> list[bool]:
    """Return for each question whether it is on the right."""
    width = tab.page.viewport_size["width"] if tab.page.viewport_size else 0
    return [
        2 * (found["x"] + found["width"] / 2) > width
        for question in tab.page.locator("article[data-role=user]").all()
        if (found := question.bounding_box())
    ]


def are_marked_own(tab: Tab) -> list[bool]:
    """Return for each question whether it is marked as the user's own."""
    questions = tab.page.locator("article[data-role=user]").all()
    return [question.get_attribute("data-own") == "true" for question in questions]


def time(tab: Tab) -> Locator:
    return tab.page.locator("article[data-role=user] time").first


def test_a_bots_question_is_marked(
    open_tab: Open, read: Read, database: Database, cast: Cast
) -> None:
    tally = database.bot()
    where = database.conversation(cast.olive, tally)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    read(tally, where).send("Is 0 usual? /tokens 20 /rate 0")
    tab.wait_for("complete")
    asked = tab.page.locator("article[data-role=user]")
    expect(asked.locator(".message-author")).to_have_text("Tally")
    expect(asked.locator(".message-bot")).to_be_visible()
    expect(tab.answer.locator(".message-bot")).to_be_hidden()
    assert_settled(open_tab, cast, where, tab)

    tab.ask("And mine? /tokens 20 /rate 0")
    expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)
    expect(asked.nth(1).locator(".message-bot")).to_be_hidden()
    tab.page.reload()
    expect(asked.nth(0).locator(".message-bot")).to_be_visible()
    expect(asked.nth(1).locator(".message-bot")).to_be_hidden()


def test_names_are_shown_one_after_the_other_also_live(
    open_tab: Open, server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    rename = db.update(User).where(User.email == cast.rex.email)
    database.write(lambda: db.session.execute(rename.values(name=HOSTILE)))
    live = open_tab(cast.olive, f"/conversations/{where}")
    command(server.database_url, "members", "add", where, cast.rex.email)
    names = live.page.locator("[data-members]")
    expect(names).to_have_text("Olive, Max, Rex")

    fresh = open_tab(cast.max, f"/conversations/{where}")

    assert names.inner_html() == fresh.page.locator("[data-members]").inner_html()
    for tab in (live, fresh):
        edges = [edge for pair in tab.page.evaluate(EDGES) for edge in pair]
        assert len(edges) == 6 and edges == sorted(edges)
    database.write(lambda: db.session.execute(rename.values(name=cast.rex.name)))


def test_every_character_blank_and_line_of_a_question_is_shown_and_copied(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    allowed = ["clipboard-read", "clipboard-write"]
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=allowed)
    tab.ask(QUESTION)
    tab.wait_for("complete")

    question = tab.page.locator("article[data-role=user]")
    content = question.locator(".message-content")
    assert content.evaluate("e => e.textContent") == QUESTION
    assert content.evaluate(SHOWN).split() == QUESTION.split()
    assert content.locator("em, strong, li, h1, b").count() == 0
    expect(content.locator(".code code")).to_have_text("x = '*a*'\n\n")
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    assert tab.articles == fresh.articles
    fresh.page.press("[data-composer-text]", "ArrowUp")
    expect(fresh.page.locator("[data-composer-text]")).to_have_value(QUESTION)

    question.locator("[data-action=copy]").click()
    expect(question.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate("navigator.clipboard.readText()") == QUESTION


@pytest.fixture
def midnight() -> datetime:
    """The next one in Sao Paulo."""
    today = datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast, midnight: datetime) -> Tab:
    """A conversation of today, a minute and a half before midnight."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 1)
    tab = open_tab(cast.olive, "/conversations", timezone_id=ZONE, locale="en-GB")
    tab.page.clock.install(time=midnight - timedelta(minutes=10))  # it goes on meanwhile
    tab.page.goto(f"/conversations/{where}")
    return tab


def test_a_time_says_its_day_from_midnight_on(tab: Tab, midnight: datetime) -> None:
    time = tab.answer.locator(".message-time")
    today = midnight - timedelta(days=1)
    day = f"{today.day} {today:%b}"
    expect(time).to_have_text(TIME_OF_DAY)
    tab.page.clock.run_for(9 * 60_000)
    expect(time).to_have_text(TIME_OF_DAY)

    tab.page.clock.run_for(61_000)

    expect(time).to_contain_text(day)


def test_a_time_says_its_day_when_a_computer_wakes(tab: Tab, midnight: datetime) -> None:
    time = tab.answer.locator(".message-time")
    expect(time).to_have_text(TIME_OF_DAY)
    tab.page.clock.set_system_time(midnight + timedelta(hours=8))
    expect(time).to_have_text(TIME_OF_DAY)

    tab.page.evaluate(HIDE_AND_SHOW)

    expect(time).not_to_have_text(TIME_OF_DAY)


def test_whose_account_is_deleted_is_a_former_member_at_once(
    open_tab: Open, database: Database, cast: Cast, read: Callable[..., Reader]
) -> None:
    where = database.conversation(cast.olive)
    gone = database.same_name(cast.max, where)
    reader = read(gone, where)
    live = open_tab(cast.olive, f"/conversations/{where}")
    reader.send("Good evening! /tokens 5 /rate 0")
    live.wait_for("complete")
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    reader.send("Bye! /tokens 5 /rate 0")
    authors = [tab.page.locator(AUTHORS) for tab in (live, fresh)]
    for shown in authors:
        expect(shown).to_have_text(["Max", "Max"])  # so the fresh page has joined
    with database.app.app_context():
        user = User.by_email(f"other-{where}@example.org")
        assert user
        delete_person(user.id)
    for shown in authors:
        expect(shown).to_have_text(["Former member", "Former member"])
