"""Text that is refused stays in the form with an error; text that is accepted is unchanged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from app.extensions import db
from app.models import Conversation, Message, Role, User, pins
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
    "blank only for the server": ("\x1c", "content: text must not be blank."),
}
# Playwright can't type half a surrogate pair, so the text is set by code units.
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


def test_a_refused_text_stays_with_an_error(
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
    tab.wait_for("complete")
    expect(note(tab)).to_be_hidden()


def test_a_question_for_which_pins_leave_no_room_stays_until_something_is_unpinned(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    pinned = database.write(lambda: pin_a_long_answer(where, cast.olive.email))
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("Why? /tokens 5 /rate 0")
    expect(note(tab)).to_contain_text("what is pinned has about 70,012 tokens")
    expect(text(tab)).to_have_value("Why? /tokens 5 /rate 0")
    assert len(database.messages(where)) == 2
    tab.page.locator(f"[id='{pinned}'] [data-action=more]").click()
    tab.page.get_by_role("button", name="Unpin").click()
    expect(tab.page.locator("[data-pins]")).to_be_hidden()
    tab.page.press("[data-composer-text]", "Enter")
    tab.wait_for("complete")
    expect(tab.page.locator("article")).to_have_count(4)
    expect(note(tab)).to_be_hidden()


def pin_a_long_answer(where: str, email: str) -> str:
    """Add a question and an answer that is longer than what the model reads, and pin it."""
    here, user = Conversation.by_public_id(where), User.by_email(email)
    assert here and user
    about = {"seq": 1, "content_html": "<p>Long</p>"}
    question = Message.add(here, Role.USER, "How long?", author_id=user.id, **about)
    db.session.flush()
    answer = Message.add(here, Role.ASSISTANT, "x" * 210_000, question_id=question.id, **about)
    db.session.flush()
    pins.pin(here, answer.id, user.id, on=True)
    return answer.public_id


def test_without_scripts_a_refused_text_stays_with_an_error(
    open_tab: Open, database: Database, cast: Cast
) -> None:
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


def test_the_longest_question_is_accepted(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    content = "/tokens 5 /rate 0 ".ljust(32_000, "x")

    tab.ask(content)

    tab.wait_for("complete")
    assert database.messages(where)[0].content == content


def test_control_characters_are_kept(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}")
    max = open_tab(cast.max, f"/conversations/{where}")

    olive.ask(CONTROLS)

    for tab in (olive, max):
        tab.wait_for("complete")
    assert database.messages(where)[0].content == CONTROLS
    fresh = open_tab(cast.max, f"/conversations/{where}")
    assert olive.articles == max.articles == fresh.articles


def test_pasted_html_becomes_its_plain_text(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=permissions)
    tab.page.evaluate(COPY, [HTML, f"Is this bold? {HTML} /tokens 5 /rate 0"])

    tab.page.press("[data-composer-text]", "Control+V")
    expect(text(tab)).to_have_value(f"Is this bold? {HTML} /tokens 5 /rate 0")
    tab.page.press("[data-composer-text]", "Enter")

    tab.wait_for("complete")
    expect(tab.page.locator("article").first).to_contain_text(HTML)
    assert tab.page.locator("article :is(b, img)").count() == 0


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


def note(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-note]")
