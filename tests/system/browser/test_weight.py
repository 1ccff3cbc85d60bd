"""What a page of fifty messages loads, from where, and that nothing on it moves meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.browser.conversing import exchange, fill
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

MOST_BYTES = 120_000
LATE_SECONDS = 0.4
# The five heaviest grammars that one answer is likely to bring together.
LANGUAGES = ["typescript", "javascript", "css", "php", "sql"]
SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]
RESOURCES = """() => performance.getEntriesByType("resource").map(
  ({ name, encodedBodySize, transferSize }) => ({ name, size: encodedBodySize, sent: transferSize })
)"""
LOADED = """(end) =>
  performance.getEntriesByType("resource").some(({ name }) => name.endsWith(end))"""
NOTE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    window.shifts.push([value, ...sources.map(({ node }) => node?.outerHTML ?? node?.data)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def long_one(server: Server, database: Database, cast: Cast) -> str:
    """The path of a conversation with fifty messages, code and tables and thinking among them."""
    where = database.conversation(cast.olive, cast.max, title="A long one")
    olive = Reader(cast.olive.token, where)
    olive.connect(server.url)
    for number in range(25):
        reply = olive.send(f"Question {number}? /think 40 /tokens 120 /rate 0")["reply"]
        eventually(lambda reply=reply: olive.shows(reply, "complete"))
    olive.close()
    return f"/conversations/{where}"


@pytest.fixture(scope="module")
def colourful_one(database: Database, cast: Cast) -> str:
    """The path of a conversation with fifty messages, the last of which is in many languages."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 24)
    answer = "\n\n".join(f"```{name}\nlet x = 1 /* one */\n```" for name in LANGUAGES)
    exchange(database, where, cast.olive, "In other words?", answer)
    return f"/conversations/{where}"


def test_the_first_load_is_light_and_from_here_alone(
    open_tab: Open, cast: Cast, long_one: str
) -> None:
    tab = _at_rest(open_tab, cast, long_one)
    assert tab.page.locator("article").count() == 50
    tab.page.wait_for_function("() => CSS.highlights.size > 0")
    loaded = tab.page.evaluate(RESOURCES)
    assert _bytes(loaded) < MOST_BYTES
    assert all(each["name"].startswith(tab.page.url.split("/conversations")[0]) for each in loaded)


def test_so_it_is_with_code_in_many_languages(
    open_tab: Open, cast: Cast, colourful_one: str
) -> None:
    tab = _at_rest(open_tab, cast, colourful_one)
    assert tab.page.locator("article").count() == 50
    for name in LANGUAGES:
        tab.page.wait_for_function(LOADED, arg=f"/languages/{name}.js")
    assert _bytes(tab.page.evaluate(RESOURCES)) < MOST_BYTES


def test_the_second_load_asks_for_no_file(open_tab: Open, cast: Cast, long_one: str) -> None:
    tab = _at_rest(open_tab, cast, long_one)
    tab.page.goto("/conversations")
    tab.page.goto(long_one)
    files = [each for each in tab.page.evaluate(RESOURCES) if "/static/" in each["name"]]
    assert len(files) > 20
    assert [each for each in files if each["sent"]] == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_nothing_moves_on_load(
    open_tab: Open, cast: Cast, long_one: str, size: dict[str, int]
) -> None:
    tab = open_tab(None, "/login", script=NOTE_SHIFTS, viewport=size)
    assert tab.page.evaluate("window.shifts") == []
    # whose times are of another width than what the server says
    tab = _at_rest(open_tab, cast, long_one, viewport=size, locale="de-DE")
    tab.page.route("**/page.js", _late)
    for path in ("/conversations", long_one, "/nothing/here"):
        tab.page.goto(path)
        tab.page.wait_for_timeout(300)  # whatever moves does so at once
        assert tab.page.evaluate("window.shifts") == [], path
    tab.page.evaluate("document.body.prepend('What was not there before')")
    tab.page.wait_for_function("() => window.shifts.length > 0")  # it would have been noticed


def _bytes(loaded: list[dict[str, Any]]) -> int:
    """Return how much JavaScript and CSS came, compressed."""
    code = [each for each in loaded if each["name"].endswith((".js", ".css"))]
    assert len(code) > 20
    return sum(each["size"] for each in code)


def _late(route: Route) -> None:
    """Let a file come when the page could have been drawn without it."""
    time.sleep(LATE_SECONDS)
    route.continue_()


def _at_rest(open_tab: Open, cast: Cast, path: str, **options: Any) -> Tab:
    tab = open_tab(cast.olive, path, script=NOTE_SHIFTS, **options)
    tab.page.wait_for_function("() => document.readyState === 'complete'")
    return tab
