"""The list beside a conversation: switching, one socket, Back and Forward, live in every tab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from app.extensions import db
from app.models import Conversation, Message, Role
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

HANG = "Hang? /tokens 9 /rate 0 /hang after 5"
PHONE = {"width": 390, "height": 800}
FAR_EAST, FAR_WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"  # 25 hours apart


def with_text(database: Database, person: Person, title: str, count: int = 1) -> str:
    """Make a conversation with some long questions."""
    where = database.conversation(person, title=title)
    key = database.read(lambda: Conversation.by_public_id(where).id)  # type: ignore[union-attr]

    def work() -> None:
        here = db.session.get_one(Conversation, key)
        for number in range(count):
            html = f"<p>{title} {number}</p>" + "<p>more</p>" * 20
            Message.add(here, Role.USER, f"{title} {number}", seq=1, content_html=html)

    database.write(work)
    return where


def row(tab: Tab, where: str) -> Locator:
    return tab.page.locator(f".sidebar [data-row='{where}']")


def titles(tab: Tab) -> list[str]:
    return tab.page.locator(".sidebar .listing-title").all_inner_texts()


@pytest.fixture
def two(database: Database, cast: Cast) -> tuple[str, str]:
    """Two conversations of Olive's."""
    first = with_text(database, cast.olive, "Apples", 20)
    return first, with_text(database, cast.olive, "Pears", 20)


def test_switching_keeps_the_page_and_its_socket(
    open_tab: Open, cast: Cast, two: tuple[str, str]
) -> None:
    apples, pears = two
    sockets: list[str] = []
    tab = open_tab(cast.olive, f"/conversations/{apples}")
    expect(row(tab, apples)).to_have_attribute("data-state", "read")
    tab.page.on("websocket", lambda socket: sockets.append(socket.url))
    tab.page.evaluate("window.isTheSamePage = true")
    row(tab, pears).get_by_role("link", name="Pears").first.click()
    expect(tab.page).to_have_url(f"{tab.page.url.split('/conv')[0]}/conversations/{pears}")
    expect(tab.page.locator("[data-title]")).to_have_text("Pears")
    expect(tab.page.locator("[data-title]")).to_be_focused()
    expect(tab.page.locator("[data-announcer]")).to_have_text("Pears · Midstream")
    expect(row(tab, pears).locator("[aria-current=page]")).to_be_visible()
    expect(tab.page.locator(".sidebar [aria-current]")).to_have_count(1)
    assert tab.page.title().endswith("Pears · Midstream")
    tab.ask("And now? /tokens 5")
    tab.wait_for("complete")
    assert tab.page.evaluate("window.isTheSamePage")
    assert sockets == []
    with tab.page.expect_websocket() as opened:
        tab.page.reload()
    assert f"conversation={pears}&" in opened.value.url, "a proxy may choose the process by it"


def test_back_and_forward_restore_the_conversation_its_position_and_its_draft(
    open_tab: Open, cast: Cast, two: tuple[str, str]
) -> None:
    apples, pears = two
    tab = open_tab(cast.olive, f"/conversations/{apples}")
    tab.page.evaluate("window.isTheSamePage = true")
    tab.page.fill("[data-composer-text]", "half a thought")
    tab.page.evaluate("window.scrollTo(0, 900)")
    row(tab, pears).get_by_role("link", name="Pears").first.click()
    expect(tab.page.locator("[data-title]")).to_have_text("Pears")
    expect(tab.page.locator("[data-composer-text]")).to_have_value("")
    expect(tab.page.locator("article").last).to_be_in_viewport()

    tab.page.go_back()

    expect(tab.page.locator("[data-title]")).to_have_text("Apples")
    expect(tab.page.locator("[data-composer-text]")).to_have_value("half a thought")
    assert abs(tab.page.evaluate("window.scrollY") - 900) < 3
    tab.page.go_forward()
    expect(tab.page.locator("[data-title]")).to_have_text("Pears")
    assert tab.page.evaluate("window.isTheSamePage")


def test_what_comes_late_for_the_page_before_changes_nothing(
    open_tab: Open, cast: Cast, two: tuple[str, str], database: Database
) -> None:
    apples, pears = two
    tab = open_tab(cast.olive, f"/conversations/{apples}")
    tab.ask(HANG)
    tab.wait_for_text("content")
    row(tab, pears).get_by_role("link", name="Pears").first.click()
    expect(tab.page.locator("[data-title]")).to_have_text("Pears")
    expect(row(tab, apples)).to_have_attribute("data-state", "streaming")
    tab.page.keyboard.press("Escape")  # stops nothing: that answer is elsewhere
    row(tab, apples).get_by_role("link", name="Apples").first.click()
    tab.wait_for("streaming")
    tab.press("stop")
    tab.wait_for("stopped")
    expect(row(tab, apples)).to_have_attribute("data-state", "read")


def test_a_change_elsewhere_is_shown_in_every_tab(
    open_tab: Open, cast: Cast, database: Database, two: tuple[str, str]
) -> None:
    apples = two[0]
    shared = database.conversation(cast.max, cast.olive, title="Shared")
    reading = open_tab(cast.olive, f"/conversations/{apples}")
    other = open_tab(cast.max, f"/conversations/{shared}")
    listing = open_tab(cast.olive, "/conversations")
    other.ask("Is it new? /tokens 4")
    other.wait_for("complete")
    for tab in (reading, listing):
        found = tab.page.locator(f"[data-row='{shared}']")
        expect(found).to_have_attribute("data-state", "unread")
        expect(found.locator(".listing-preview")).not_to_be_empty()
    assert titles(reading)[0] == "Shared"
    row(reading, shared).get_by_role("link", name="Shared").first.click()
    expect(listing.page.locator(f"[data-row='{shared}']")).to_have_attribute("data-state", "read")


@pytest.mark.parametrize("zone", [FAR_EAST, FAR_WEST])
def test_headings_are_by_the_readers_own_days(
    open_tab: Open, database: Database, zone: str
) -> None:
    somebody = database.person(zone.rpartition("/")[2])
    begun = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=30)
    times = {
        "Today": begun,
        "Yesterday": begun - timedelta(hours=1),
        "Last 7 days": begun - timedelta(days=6),
        f"{begun - timedelta(days=40):%B %Y}": begun - timedelta(days=40),
    }
    made = {heading: with_text(database, somebody, heading) for heading in times}
    for heading, time in times.items():
        set_time(database, made[heading], time)
    tab = open_tab(somebody, "/conversations", timezone_id=zone, locale="en-US")
    for heading, where in made.items():
        group = tab.page.locator("[data-list] [data-group]", has=row_anywhere(tab, where))
        expect(group.get_by_role("heading")).to_have_text(heading)


def set_time(database: Database, where: str, time: datetime) -> None:
    """Let a conversation have been in use last at this time."""

    def work() -> None:
        key = {"public_id": where}
        values = {"updated_at": time.astimezone(ZoneInfo("UTC"))}
        db.session.execute(db.update(Conversation).filter_by(**key).values(values))

    database.write(work)


def row_anywhere(tab: Tab, where: str) -> Locator:
    return tab.page.locator(f"[data-row='{where}']")


def test_a_member_who_is_removed_loses_the_row_and_gets_it_back(
    open_tab: Open, cast: Cast, database: Database, two: tuple[str, str]
) -> None:
    shared = with_text(database, cast.max, "Guests")
    tab = open_tab(cast.olive, f"/conversations/{two[0]}")
    database.add_member(shared, cast.olive)
    expect(row(tab, shared)).to_be_visible()
    database.remove_member(shared, cast.olive)
    expect(row(tab, shared)).to_have_count(0)
    database.add_member(shared, cast.olive)
    expect(row(tab, shared)).to_be_visible()


def test_what_happened_without_a_connection_is_shown_after_it(
    open_tab: Open, cast: Cast, database: Database, two: tuple[str, str], proxy: Proxy
) -> None:
    apples, pears = two
    gone = with_text(database, cast.olive, "Plums")
    tab = open_tab(cast.olive, f"/conversations/{apples}", url=proxy.url)
    expect(row(tab, gone)).to_be_visible()
    proxy.cut()
    other = open_tab(cast.olive, f"/conversations/{gone}/options")
    other.page.get_by_role("button", name="Delete for everybody").click()
    other.page.goto(f"/conversations/{pears}/options")
    other.page.fill("main [name=title]", "Pears and quinces")
    other.page.get_by_role("button", name="Rename").click()
    proxy.restore()
    tab.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(row(tab, pears).locator(".listing-title")).to_have_text("Pears and quinces")
    expect(row(tab, gone)).to_have_count(0)


def test_more_are_loaded_while_the_list_is_scrolled(
    open_tab: Open, cast: Cast, database: Database
) -> None:
    made = [with_text(database, cast.rex, f"No. {number}") for number in range(60)]
    tab = open_tab(cast.rex, f"/conversations/{made[-1]}")
    assert tab.page.locator(".sidebar [data-row]").count() == 50
    tab.page.locator(".sidebar [data-older]").scroll_into_view_if_needed()
    expect(row(tab, made[0])).to_be_attached()
    expect(tab.page.locator(".sidebar [data-older]")).to_be_hidden()
    assert titles(tab)[:60] == [f"No. {number}" for number in range(59, -1, -1)]


def test_a_new_conversation_opens_without_a_reload(
    open_tab: Open, cast: Cast, two: tuple[str, str]
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{two[0]}")
    tab.page.evaluate("window.isTheSamePage = true")
    tab.page.get_by_role("button", name="New conversation").click()
    expect(tab.page.locator("[data-title]")).to_have_text("New conversation")
    expect(tab.page.locator("[data-composer-text]")).to_be_focused()
    expect(tab.page.locator(".sidebar [aria-current]")).to_have_count(0)  # nobody wrote in it yet
    tab.ask("What is a quince? /tokens 4")
    expect(tab.page.locator(".sidebar [aria-current] .listing-title")).to_have_text(
        "What is a quince? /tokens 4"
    )
    assert tab.page.evaluate("window.isTheSamePage")


def test_results_are_shown_while_one_types_and_open_at_the_message(
    open_tab: Open, cast: Cast, database: Database, two: tuple[str, str]
) -> None:
    where = with_text(database, cast.olive, "Zwetschge", 60)
    tab = open_tab(cast.olive, f"/conversations/{two[0]}")
    tab.page.keyboard.press("Control+k")
    expect(tab.page.locator("#search")).to_be_focused()
    tab.page.keyboard.type('"zwetschge 5"')
    result = tab.page.locator(f"[data-results] [data-row='{where}']")
    expect(result.locator(".listing-snippet mark")).to_have_text("Zwetschge 5")
    expect(tab.page.locator(".sidebar [data-list]")).to_be_hidden()
    result.get_by_role("link").first.click()
    expect(tab.page.locator("article", has_text="Zwetschge 5").first).to_be_in_viewport()
    tab.page.fill("#search", "")
    expect(tab.page.locator(".sidebar [data-list]")).to_be_visible()


def test_the_page_of_the_list_shows_results_while_one_types(
    open_tab: Open, cast: Cast, database: Database, two: tuple[str, str]
) -> None:
    where = with_text(database, cast.olive, "Mirabelle", 9)
    tab = open_tab(cast.olive, "/conversations", locale="de-DE")
    page, all_of_them = tab.page, tab.page.locator("[data-list]")
    expect(row_anywhere(tab, two[0])).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type('"mirabelle 5"')
    result = page.locator(f"[data-results] [data-row='{where}']")
    expect(result.locator(".listing-snippet mark")).to_have_text("Mirabelle 5")
    expect(result.locator("time")).to_have_attribute("lang", "de-DE")
    expect(all_of_them).to_be_hidden()
    page.fill("#search", "")
    expect(all_of_them).to_be_visible()
    expect(result).to_have_count(0)

    page.goto("/conversations?q=nothing+has+this")
    page.fill("#search", '"mirabelle 5"')
    expect(result).to_be_visible()
    expect(page.get_by_text("No conversation contains")).to_be_hidden()
    result.get_by_role("link").first.click()
    expect(page.locator("article", has_text="Mirabelle 5").first).to_be_in_viewport()


def test_on_a_phone_the_list_is_a_drawer(open_tab: Open, cast: Cast, two: tuple[str, str]) -> None:
    apples, pears = two
    tab = open_tab(cast.olive, f"/conversations/{apples}", viewport=PHONE)
    expect(tab.page.locator(".sidebar")).to_be_hidden()
    tab.page.get_by_role("link", name="Conversations").click()
    expect(tab.page.locator(".sidebar")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator(".sidebar")).to_be_hidden()
    expect(tab.page.get_by_role("link", name="Conversations")).to_be_focused()
    tab.page.keyboard.press("Enter")
    row(tab, pears).get_by_role("link", name="Options").click()
    expect(tab.page.locator("[data-menu]")).to_be_visible()
    expect(tab.page.locator(".sidebar")).to_be_visible()
    tab.page.keyboard.press("Escape")
    row(tab, pears).get_by_role("link", name="Pears").first.click()
    expect(tab.page.locator("[data-title]")).to_have_text("Pears")
    expect(tab.page.locator(".sidebar")).to_be_hidden()


def test_without_a_connection_the_conversation_stays(
    open_tab: Open, cast: Cast, two: tuple[str, str], proxy: Proxy
) -> None:
    apples, pears = two
    tab = open_tab(cast.olive, f"/conversations/{apples}", url=proxy.url)
    tab.page.wait_for_load_state("networkidle")
    proxy.cut()
    row(tab, pears).get_by_role("link", name="Pears").first.click()
    expect(tab.page.get_by_text("There is no connection. Please try again")).to_be_visible()
    expect(tab.page.locator("[data-title]")).to_have_text("Apples")
    expect(tab.page.locator("article").last).to_be_visible()
