"""The model is chosen beside the button, for each question, and remembered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PHONE = {"width": 320, "height": 700}
# How much of the longest choice of a list is cut: it is laid out again, as wide as its content.
CUT_PX = """(select) => {
  const whole = select.cloneNode(true);
  Object.assign(whole.style, { inlineSize: "max-content", position: "absolute" });
  select.after(whole);
  const cut = whole.offsetWidth - select.offsetWidth;
  whole.remove();
  return cut;
}"""
IS_WHOLE = "(element) => element.scrollWidth <= element.clientWidth"


def test_each_question_has_the_model_that_is_chosen_beside_it(
    open_tab: Open, database: Database, cast: Cast, two_models: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", two_models)
    current = tab.page.locator("[data-models] > summary")
    expect(current).to_contain_text("Demo")
    tab.ask("One? /tokens 9 /rate 0")
    tab.wait_for("complete")

    current.click()
    option = tab.page.get_by_role("radio", name="other")
    expect(tab.page.get_by_role("radio", name="Demo")).to_be_checked()
    about = tab.page.locator(".models-option", has=tab.page.get_by_role("radio", name="Demo"))
    name, line = about.locator(".models-name"), about.locator(".models-about")
    expect(line).not_to_be_empty()
    places = name.bounding_box(), line.bounding_box()
    assert places[0] and places[1]
    assert places[1]["y"] >= places[0]["y"] + places[0]["height"] - 1, "a second line"
    assert_accessible(tab.page)
    option.click()
    expect(option).to_be_hidden()
    expect(current).to_contain_text("other")
    tab.ask("Two?")
    expect(tab.page.locator("article")).to_have_count(4)
    assert [message.model for message in database.messages(where)] == [
        "demo",
        "demo",
        "openai:other",
        "openai:other",
    ]

    tab.page.goto("/conversations")
    expect(tab.page.locator("select[name=model]")).to_be_visible()
    assert_accessible(tab.page)
    tab.page.keyboard.press("n")
    tab.page.wait_for_selector("[data-composer]")
    expect(current).to_contain_text("other")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_words_beside_a_new_conversation_are_whole(
    open_tab: Open, cast: Cast, two_models: str, width: int
) -> None:
    size = {"width": width, "height": 700}
    tab = open_tab(cast.olive, "/conversations", two_models, viewport=size)
    form = tab.page.locator(".page-new")
    assert form.locator("select").evaluate(CUT_PX) <= 0
    button = form.get_by_role("button", name="New conversation")
    expect(button).to_be_visible()
    assert button.evaluate(IS_WHOLE)
    assert_fits(tab.page)


def test_the_keyboard_chooses_and_sends_nothing(
    open_tab: Open, database: Database, cast: Cast, two_models: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", two_models, viewport=PHONE)
    tab.page.fill("[data-composer-text]", "Half a thought")
    current = tab.page.locator("[data-models] > summary")
    for key in ("Enter", "Escape"):
        current.press("Enter")
        expect(tab.page.get_by_role("radio", checked=True)).to_be_focused()
        tab.page.keyboard.press("ArrowDown")
        tab.page.keyboard.press(key)
        expect(current).to_be_focused()
        expect(tab.page.get_by_role("radio").first).to_be_hidden()
    expect(current).to_contain_text("Demo")
    expect(tab.page.locator("[data-composer-text]")).to_have_value("Half a thought")
    assert database.messages(where) == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_scripts_the_form_has_the_model(
    open_tab: Open, database: Database, cast: Cast, two_models: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", two_models, java_script_enabled=False)
    tab.page.locator("[data-models] > summary").click()
    tab.page.get_by_role("radio", name="other").check()
    tab.page.fill("[data-composer-text]", "Why?")
    tab.page.locator("[data-composer-send]").click()
    expect(tab.page.locator("article")).to_have_count(2)
    assert database.messages(where)[-1].model == "openai:other"
