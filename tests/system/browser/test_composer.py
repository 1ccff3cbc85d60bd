"""The composer: the draft, keys, input methods."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, FloatRect, Locator, Route, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
QUICK = "/tokens 3 /rate 0"
SOON_MS = 500
SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]
PRESS = """(field, key) => field.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key }))"""
# How browsers report a key of the input method: by a property, or only by its code.
COMPOSING = [{"isComposing": True}, {"keyCode": 229}]


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


def test_a_draft_survives_a_crash(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "half a thou\nght")

    with tab.page.expect_event("crash"), suppress(Error):
        tab.page.goto("chrome://crash")
    tab.page = tab.page.context.new_page()
    tab.page.goto(f"/conversations/{where}")

    expect(text(tab)).to_have_value("half a thou\nght")


def test_a_draft_belongs_to_one_user_and_one_conversation(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.olive)
    tab.page.goto(f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "Olive's")
    tab.page.goto(f"/conversations/{database.conversation(cast.olive)}")
    expect(text(tab)).to_have_value("")

    tab.page.get_by_role("button", name="Sign out").click()
    sign_in(tab.page, cast.max)
    tab.page.goto(f"/conversations/{where}")

    expect(text(tab)).to_have_value("")


def test_text_typed_before_the_scripts_are_loaded_is_kept(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "half a ")
    late: list[Route] = []
    tab.page.route("**/conversation.js", lambda route: late.append(route))
    tab.page.reload(wait_until="commit")
    tab.page.locator("[data-composer-text]").press_sequentially("thought")
    eventually(lambda: late)

    late[0].continue_()

    expect(text(tab)).to_have_value("half a thought")


def test_a_draft_survives_a_question_asked_in_another_tab(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    other = Tab(tab.page.context.new_page())
    other.page.goto(f"/conversations/{where}")
    other.page.fill("[data-composer-text]", "half a thought")

    tab.ask("And? /tokens 5 /rate 0")
    tab.wait_for("complete")
    other.wait_for("complete")

    expect(text(other)).to_have_value("half a thought")
    other.page.reload()
    expect(text(other)).to_have_value("half a thought")


def test_shift_and_enter_start_a_new_line(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    for key in ("O", "Shift+Enter", "k", "Enter"):
        tab.page.press("[data-composer-text]", key)

    expect(tab.page.locator("article")).to_have_count(2)
    assert database.messages(where)[0].content == "O\nk"


def test_the_composer_grows_with_its_text_up_to_a_limit(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    one = height(tab)
    tab.page.press("[data-composer-text]", "Shift+Enter")
    tab.page.press("[data-composer-text]", "Shift+Enter")
    assert height(tab) > one

    tab.page.fill("[data-composer-text]", "line\n" * 200)

    limit = 0.4 * tab.page.evaluate("innerHeight")
    assert one < height(tab) <= limit + 1


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_a_new_conversation_has_its_composer_in_the_middle_between_a_greeting_and_equal_cards(
    open_tab: Open, cast: Cast, where: str, size: dict[str, int]
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=size)
    greeting, composer = (box(tab.page.locator(part)) for part in (".greeting", ".composer"))
    cards = [box(card) for card in tab.page.locator(".example").all()]
    assert len(cards) == 3
    for part in ("width", "height"):
        assert max(card[part] for card in cards) - min(card[part] for card in cards) < 1
    assert greeting["y"] + greeting["height"] <= composer["y"]
    assert composer["y"] + composer["height"] <= min(card["y"] for card in cards)
    middle = composer["y"] + composer["height"] / 2
    assert 0.3 < middle / size["height"] < 0.7

    tab.ask(f"First? {QUICK}")
    expect(tab.page.locator("article")).to_have_count(2)

    below = box(tab.page.locator(".composer"))
    assert below["y"] + below["height"] > 0.9 * size["height"]
    expect(tab.page.locator(".example").first).to_be_hidden()


def test_send_is_dimmed_while_nothing_is_written(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    send = tab.page.locator("[data-composer-send]")
    colour = "button => getComputedStyle(button).backgroundColor"
    dimmed = send.evaluate(colour)
    text(tab).fill("a")
    full = send.evaluate(colour)
    text(tab).fill("")
    assert send.evaluate(colour) == dimmed != full


def box(part: Locator) -> FloatRect:
    """Return where something is."""
    found = part.bounding_box()
    assert found
    return found


def test_a_reader_can_choose_to_send_with_ctrl_and_enter(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, "/account/appearance")
    tab.page.get_by_role("radio", name="Ctrl+Enter").check()
    tab.page.goto(f"/conversations/{where}")
    tab.page.fill("[data-composer-text]", "One")
    for key in ("Enter", "Shift+Enter"):
        tab.page.press("[data-composer-text]", key)
    expect(text(tab)).to_have_value("One\n\n")
    text(tab).press_sequentially("two /tokens 1 /rate 0")

    tab.page.press("[data-composer-text]", "Control+Enter")

    tab.wait_for("complete")
    assert database.messages(where)[0].content == "One\n\ntwo /tokens 1 /rate 0"


def height(tab: Tab) -> float:
    return float(text(tab).evaluate("field => field.getBoundingClientRect().height"))


def text(tab: Tab) -> Locator:
    return tab.page.locator("[data-composer-text]")


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    """A conversation in which Olive has asked a question."""
    tab = open_tab(cast.olive, f"/conversations/{database.conversation(cast.olive)}")
    tab.ask(f"First? {QUICK}")
    tab.wait_for("complete")
    expect(text(tab)).to_have_value("")
    return tab


def test_enter_during_composition_sends_nothing(tab: Tab) -> None:
    text(tab).fill(f"日本 {QUICK}")
    for how in COMPOSING:
        assert text(tab).evaluate(PRESS, {"key": "Enter", **how}), "it must get the key"
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"日本 {QUICK}")
    expect(tab.page.locator("article")).to_have_count(2)

    assert not text(tab).evaluate(PRESS, {"key": "Enter"})
    expect(tab.page.locator("article")).to_have_count(4)


def test_other_keys_during_composition_edit_and_cancel_nothing(tab: Tab) -> None:
    for how in COMPOSING:
        assert text(tab).evaluate(PRESS, {"key": "ArrowUp", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value("")
    assert not text(tab).evaluate(PRESS, {"key": "ArrowUp"})
    expect(text(tab)).to_have_value(f"First? {QUICK}")

    for how in COMPOSING:
        text(tab).evaluate(PRESS, {"key": "Escape", **how})
    tab.page.wait_for_timeout(SOON_MS)
    expect(text(tab)).to_have_value(f"First? {QUICK}")
    text(tab).evaluate(PRESS, {"key": "Escape"})
    expect(text(tab)).to_have_value("")


def test_arrow_up_in_a_text_moves_the_caret(tab: Tab) -> None:
    text(tab).fill("one\ntwo")

    text(tab).press("ArrowUp")
    text(tab).press("!")

    expect(text(tab)).to_have_value("one!\ntwo")
    expect(tab.page.locator("[data-composer-editing]")).to_be_hidden()
