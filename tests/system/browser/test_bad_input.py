"""What can't be asked is said in a sentence, and is still there; what can be stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

NO_TEXT = "That has characters in it that are no text."
BAD = {
    "spaces": ("   \n ", "Write something first."),
    "100 kB": ("x" * 100_000, "That is too long: 100,000 characters, 32,000 at most."),
    "NUL": ("a\0b", NO_TEXT),
    "half a character": ("a\ud83db", NO_TEXT),
    "what only the server takes for blank": ("\x1c", "content: text must not be blank."),
}
# as code units: there is no other way to send half a character
SET = """(field, units) => {
  field.value = String.fromCharCode(...units);
  field.dispatchEvent(new Event("input"));
}"""
GET = "field => Array.from(field.value, (_, index) => field.value.charCodeAt(index))"
CONTROLS = "Bell \x07, escape \x1b[31m, delete \x7f, \u202eturned round, \ufeff. /tokens 5 /rate 0"
COPY = """async ([html, text]) => {
  const both = { "text/html": new Blob([html], { type: "text/html" }),
                 "text/plain": new Blob([text], { type: "text/plain" }) };
  await navigator.clipboard.write([new ClipboardItem(both)]);
}"""
HTML = "<p>Is <b>this</b> bold? <img src=x></p>"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def test_what_can_not_be_asked_stays_with_a_sentence(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    for kind, (content, sentence) in BAD.items():
        units = [ord(character) for character in content]
        text(tab).evaluate(SET, units)
        expect(note(tab)).to_be_hidden()

        tab.page.press("[data-composer-text]", "Enter")

        expect(note(tab)).to_have_text(sentence)
        assert text(tab).evaluate(GET) == units, kind
        expect(text(tab)).to_be_editable()
    assert database.messages(where) == []
    tab.ask("Better? /tokens 5 /rate 0")
    tab.waits_for("complete")
    expect(note(tab)).to_be_hidden()


def test_without_scripts_it_stays_too(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.eve)
    tab = open_tab(None, "/login", java_script_enabled=False)
    sign_in(tab.page, cast.eve)
    for content in ("  ", "\n" + "<b>" * 33_334):
        tab.page.goto(f"/conversations/{where}")
        text(tab).fill(content)
        tab.page.get_by_role("button", name="Send").click()

        expect(note(tab)).to_be_visible()
        expect(text(tab)).to_have_value(content)
    assert database.messages(where) == []


def test_the_longest_question_goes(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    content = "/tokens 5 /rate 0 ".ljust(32_000, "x")

    tab.ask(content)

    tab.waits_for("complete")
    assert database.messages(where)[0].content == content


def test_control_characters_are_kept_as_they_are(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max = open_tab(cast.max, f"/conversations/{where}")

    olive.ask(CONTROLS)

    for tab in (olive, max):
        tab.waits_for("complete")
    assert database.messages(where)[0].content == CONTROLS
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert olive.articles == max.articles == fresh.articles


def test_pasted_html_is_the_text_that_was_seen(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=permissions)
    tab.page.evaluate(COPY, [HTML, f"Is this bold? {HTML} /tokens 5 /rate 0"])

    tab.page.press("[data-composer-text]", "Control+V")
    expect(text(tab)).to_have_value(f"Is this bold? {HTML} /tokens 5 /rate 0")
    tab.page.press("[data-composer-text]", "Enter")

    tab.waits_for("complete")
    expect(tab.page.locator("article").first).to_contain_text(HTML)
    assert tab.page.locator("article :is(b, img)").count() == 0


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def note(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-note]")
