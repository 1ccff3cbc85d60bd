"""Notifications in a browser: the icon, the page that asks, and what a hidden page shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.models import User
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import SHOW, Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

# Chromium without a window shows none: the page's registration keeps what it is to show.
STAND_IN = """
window.shown = [];
window.asked = 0;
let permission = "default";
window.Notification = class {
  static get permission() { return permission; }
  static async requestPermission() {
    window.asked += 1;
    return (permission = "granted");
  }
};
window.grant = () => (permission = "granted");
const showNotification = async (title, options) => void window.shown.push({ title, ...options });
const serviceWorker = { ready: Promise.resolve({ showNotification }), register: async () => {} };
Object.defineProperty(navigator, "serviceWorker", { value: serviceWorker });
navigator.setAppBadge = async (count) => void (window.badge = count);
navigator.clearAppBadge = async () => void (window.badge = 0);
"""


def test_whoever_is_mentioned_is_told_unless_they_look_or_have_muted(
    open_tab: Open, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive, cast.max, title="Bread")
    other = database.conversation(cast.max, title="Own")
    olive = open_tab(cast.olive, f"/conversations/{where}")
    olive.ask("/tokens 5 It begins.")
    olive.wait_for("complete")
    max = open_tab(cast.max, f"/conversations/{other}", script=STAND_IN)
    max.page.evaluate("grant()")
    row = max.page.locator(f"[data-row='{where}']")
    expect(row).to_have_attribute("data-unread", "2")
    others = max.page.evaluate("badge") - 2  # of other tests' conversations
    icon = max.page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", icon.get_attribute("data-new") or "?")

    olive.ask("/tokens 5 @Max, the secret?")
    expect(row).to_have_attribute("data-unread", "4")
    assert max.page.evaluate("shown") == [], "the page is in front of Max"
    assert max.page.evaluate("badge") == others + 4

    max.page.evaluate(SHOW, "hidden")
    olive.ask("/tokens 5 @Max, really?")
    eventually(lambda: len(max.page.evaluate("shown")) == 1)
    (shown,) = max.page.evaluate("shown")
    assert (shown["title"], shown["body"]) == ("Bread", "Olive has mentioned you.")
    assert f"/conversations/{where}#" in shown["data"] and "really" not in str(shown)
    olive.wait_for("complete")
    expect(row).to_have_attribute("data-unread", "6")

    elsewhere = open_tab(cast.max, f"/conversations/{other}")
    elsewhere.page.locator(f"[data-row='{where}']").hover()
    elsewhere.page.locator(f"[data-row='{where}'] [data-options]").click()
    elsewhere.page.get_by_role("button", name="Mute", exact=True).click()
    expect(row).to_have_attribute("data-muted", "true")  # in the other tab, too
    olive.ask("/tokens 5 @Max, still there?")
    expect(row).to_have_attribute("data-unread", "8")
    assert len(max.page.evaluate("shown")) == 1
    assert max.page.evaluate("badge") == others


def test_the_browser_is_asked_by_a_button_alone(open_tab: Open, cast: Cast) -> None:
    page = open_tab(cast.olive, "/account/notifications", script=STAND_IN).page
    button = page.get_by_role("button", name="Show notifications in this browser")
    expect(button).to_be_visible()
    assert page.evaluate("asked") == 0
    assert_accessible(page)
    button.click()
    expect(page.locator("[data-notifications-state]")).to_have_text(
        "This browser shows notifications."
    )
    expect(button).to_be_hidden()
    assert_accessible(page)


def test_who_reaches_a_limit_reads_so_on_every_page_at_once(
    open_tab: Open, cast: Cast, database: Database
) -> None:
    limit(database, cast.rex, "20 tokens")
    where, other = (database.conversation(cast.rex, title=title) for title in ("Long", "Other"))
    rex, elsewhere = (open_tab(cast.rex, f"/conversations/{each}") for each in (where, other))
    warning = elsewhere.page.locator(".composer-warning")
    expect(warning).to_be_hidden()
    rex.ask("/tokens 60 /rate 0 How?")
    for tab in (rex, elsewhere):
        expect(tab.page.locator(".composer-warning")).to_contain_text("You have used your limit")
    assert_accessible(elsewhere.page)
    limit(database, cast.rex, None)


def limit(database: Database, person: Person, text: str | None) -> None:
    """Let a person use so much in a month."""

    def work() -> None:
        user = User.by_email(person.email)
        assert user
        user.monthly_limit = text

    database.write(work)
