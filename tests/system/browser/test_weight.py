"""The files that a page of fifty messages loads: their size, their origin, and no layout shift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.browser.stored import exchange, fill
from tests.system.browser.style_updates import style_updates
from tests.system.browser.tab import Tab, send_late

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

MOST_BYTES = 120_000
MOST_REQUESTS = 9
MOST_TRIES = 25  # of a rule, for each element
PSEUDO_SHARE = 0.25  # the most pseudo-elements, for each element
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
def long_conversation(server: Server, database: Database, cast: Cast) -> str:
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
def with_formulas(database: Database, cast: Cast) -> str:
    """The path of a conversation with formulas, which are higher than their source."""
    where = database.conversation(cast.olive, title="Formulas")
    text = r"It is $\frac{1}{1 + \frac{1}{x}}$ here." + "\n\n"
    exchange(database, where, cast.olive, "Formulas?", text * 20)
    return f"/conversations/{where}"


@pytest.fixture(scope="module")
def many_languages(database: Database, cast: Cast) -> str:
    """The path of a conversation with fifty messages, the last with code in many languages."""
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 24)
    answer = "\n\n".join(f"```{name}\nlet x = 1 /* one */\n```" for name in LANGUAGES)
    exchange(database, where, cast.olive, "In other words?", answer)
    return f"/conversations/{where}"


def test_the_first_load_is_small_and_only_from_this_server(
    open_tab: Open, cast: Cast, long_conversation: str
) -> None:
    tab = _at_rest(open_tab, cast, long_conversation)
    assert tab.page.locator("article").count() == 50
    tab.page.wait_for_function("() => CSS.highlights.size > 0")
    loaded = tab.page.evaluate(RESOURCES)
    assert _bytes(loaded) < MOST_BYTES
    assert len(_code(loaded)) <= MOST_REQUESTS
    assert all(each["name"].startswith(tab.page.url.split("/conversations")[0]) for each in loaded)


def test_the_first_load_is_small_with_code_in_many_languages(
    open_tab: Open, cast: Cast, many_languages: str
) -> None:
    tab = _at_rest(open_tab, cast, many_languages)
    assert tab.page.locator("article").count() == 50
    for name in LANGUAGES:
        tab.page.wait_for_function(LOADED, arg=f"/{name}.min.js")
    loaded = tab.page.evaluate(RESOURCES)
    assert _bytes(loaded) < MOST_BYTES
    assert len(_code(loaded)) <= MOST_REQUESTS


def test_the_second_load_requests_no_file(
    open_tab: Open, cast: Cast, long_conversation: str
) -> None:
    tab = _at_rest(open_tab, cast, long_conversation)
    tab.page.goto("/conversations")
    tab.page.goto(long_conversation)
    tab.page.wait_for_function("() => CSS.highlights.size > 0")  # what is loaded last has come
    files = [each for each in tab.page.evaluate(RESOURCES) if "/static/" in each["name"]]
    assert len(files) >= 5
    assert [each for each in files if each["sent"]] == []


def test_the_first_load_tries_few_rules(open_tab: Open, cast: Cast, long_conversation: str) -> None:
    """What a selector ends with says of which elements it is tried; after :is() and *, of all."""
    tab = open_tab(cast.olive, "/conversations")
    with style_updates(tab.page) as updates:
        tab.page.goto(long_conversation)
        tab.page.wait_for_function("() => CSS.highlights.size > 0")

    largest = max(updates, key=lambda each: each.elements)
    assert largest.elements > 1_000, "precondition: it is that of all messages"
    assert largest.pseudo_elements < PSEUDO_SHARE * largest.elements
    assert largest.tries < MOST_TRIES * (largest.elements + largest.pseudo_elements)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_loading_a_page_causes_no_layout_shift(
    open_tab: Open, cast: Cast, long_conversation: str, with_formulas: str, size: dict[str, int]
) -> None:
    tab = open_tab(None, "/login", script=NOTE_SHIFTS, viewport=size)
    assert tab.page.evaluate("window.shifts") == []
    # in this locale times have another width than in the server's HTML
    tab = _at_rest(open_tab, cast, long_conversation, viewport=size, locale="de-DE")
    tab.page.route("**/page.js", send_late)
    tab.page.route("**/formulas.js", send_late)
    for path in ("/conversations", long_conversation, with_formulas, "/nothing/here"):
        tab.page.goto(path)
        tab.page.wait_for_timeout(300)  # a layout shift would happen at once
        assert tab.page.evaluate("window.shifts") == [], path
    tab.page.goto(long_conversation)
    tab.page.locator(f".sidebar a[href='{with_formulas}']").dispatch_event("click")
    expect(tab.answer.locator(".math[data-tex]")).to_have_count(20)
    assert tab.page.evaluate("window.shifts") == [], "without a reload"
    tab.page.evaluate("document.body.prepend('What was not there before')")
    tab.page.wait_for_function("() => window.shifts.length > 0")  # a layout shift is noticed


def _bytes(loaded: list[dict[str, Any]]) -> int:
    """Return the compressed size of all JavaScript and CSS."""
    return sum(each["size"] for each in _code(loaded))


def _code(loaded: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the JavaScript and CSS files."""
    code = [each for each in loaded if each["name"].endswith((".js", ".css"))]
    assert len(code) >= 3
    return code


def _at_rest(open_tab: Open, cast: Cast, path: str, **options: Any) -> Tab:
    tab = open_tab(cast.olive, path, script=NOTE_SHIFTS, **options)
    tab.page.wait_for_function("() => document.readyState === 'complete'")
    return tab
