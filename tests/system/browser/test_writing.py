"""What somebody writes is never lost, and what can't be sent is said in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.support.cast import Cast
from tests.support.records import Records
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

BAD = {
    "spaces": ("   \n ", "Write something first."),
    "100 kB": ("x" * 100_000, "That is too long: 100,000 characters, 32,000 at most."),
    "NUL": ("a\0b", "That has characters in it that are no text."),
}
SET = "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }"


@pytest.fixture
def where(records: Records, cast: Cast) -> str:
    return records.conversation(cast.olive, cast.max)


def test_a_draft_survives_a_reload_a_crash_and_a_sign_out(
    open_tab: Open, records: Records, cast: Cast
) -> None:
    where = records.conversation(cast.eve)
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.eve)
    tab.page.goto(f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "half a thou\nght")
    tab.page.reload()
    expect(text(tab)).to_have_value("half a thou\nght")

    crashed = tab.page
    tab.page = crashed.context.new_page()
    tab.page.goto(f"/conversations/{where}")
    expect(text(tab)).to_have_value("half a thou\nght")
    crashed.close()

    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, cast.eve)
    tab.page.goto(f"/conversations/{where}")
    expect(text(tab)).to_have_value("half a thou\nght")


def test_a_draft_is_of_one_person_in_one_conversation(
    open_tab: Open, records: Records, cast: Cast, where: str
) -> None:
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.olive)
    tab.page.goto(f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "Olive's")
    tab.page.goto(f"/conversations/{records.conversation(cast.olive)}")
    expect(text(tab)).to_have_value("")

    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, cast.max)
    tab.page.goto(f"/conversations/{where}")

    expect(text(tab)).to_have_value("")


@pytest.mark.parametrize("kind", BAD)
def test_what_can_not_be_sent_stays_with_a_sentence(
    open_tab: Open, records: Records, cast: Cast, where: str, kind: str
) -> None:
    content, sentence = BAD[kind]
    tab = open_tab(cast.olive, f"/conversations/{where}")
    text(tab).evaluate(SET, content)

    tab.page.press("[data-composer-text]", "Enter")

    expect(tab.page.locator("[data-composer-note]")).to_have_text(sentence)
    expect(text(tab)).to_have_value(content)
    expect(text(tab)).to_be_editable()
    assert records.messages(where) == []


def test_without_scripts_it_stays_too(open_tab: Open, records: Records, cast: Cast) -> None:
    where = records.conversation(cast.eve)
    tab = open_tab(None, "/login", java_script_enabled=False)
    sign_in(tab.page, cast.eve)
    for content in ("  ", "\n" + "<b>" * 30_000):
        tab.page.goto(f"/conversations/{where}")
        text(tab).fill(content)
        tab.page.get_by_role("button", name="Send").click()

        expect(tab.page.locator("[data-composer-note]")).to_be_visible()
        expect(text(tab)).to_have_value(content)
    assert records.messages(where) == []


def test_enter_ends_a_composition_before_it_sends(
    open_tab: Open, records: Records, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    devtools = tab.page.context.new_cdp_session(tab.page)
    text(tab).focus()
    devtools.send(
        "Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2}
    )
    text(tab).evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    expect(tab.page.locator("[data-composer-send]")).to_be_enabled()
    devtools.send("Input.insertText", {"text": "日本 /tokens 3 /rate 0"})

    tab.page.press("[data-composer-text]", "Enter")

    tab.waits_for("complete")
    assert records.messages(where)[0].content == "日本 /tokens 3 /rate 0"


def test_it_grows_with_the_text_up_to_a_limit(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    one = height(tab)
    tab.page.press("[data-composer-text]", "Shift+Enter")
    tab.page.press("[data-composer-text]", "Shift+Enter")
    assert height(tab) > one

    tab.page.fill("[data-composer-text]", "line\n" * 200)

    limit = 0.4 * tab.page.evaluate("innerHeight")
    assert one < height(tab) <= limit + 1


def height(tab: Tab) -> float:
    return float(text(tab).evaluate("field => field.getBoundingClientRect().height"))


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")
