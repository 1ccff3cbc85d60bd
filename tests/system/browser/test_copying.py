"""What is copied, and what is said of success and failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role, Status
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
CLIPBOARD = "() => navigator.clipboard.readText()"
ALLOWED = ["clipboard-read", "clipboard-write"]
CODE = 'def f(x):\n    return f"<{x}>"  # **not** bold'
MARKDOWN = f"Some *text*.\n\n```python\n{CODE}\n```\n"
PAINTED = (
    """() => Object.fromEntries([...CSS.highlights].map(([kind, ranges]) => [kind, ranges.size]))"""
)
COLOURED = """() => Array.from(CSS.highlights.values(), (ranges) => [...ranges]).flat()
  .map(({ startContainer: { data } }) => data.split(" ")[1])
  .filter((name, index, all) => all.indexOf(name) === index).join()"""
HEIGHT = "answer => answer.offsetHeight"
# Makes every access to the clipboard fail.
FORBIDDEN = """
const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
navigator.clipboard.write = navigator.clipboard.writeText = refuse;
"""


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with one answer that contains code."""
    where = database.conversation(cast.olive)
    database.write(lambda: _answer(where))
    return where


def _answer(where: str) -> None:
    conversation = db.session.scalars(db.select(Conversation).filter_by(public_id=where)).one()
    Message.add(conversation, Role.USER, "How?", seq=1, status=Status.COMPLETE)
    Message.add(conversation, Role.ASSISTANT, MARKDOWN, seq=1, status=Status.COMPLETE, model="demo")


@pytest.mark.parametrize("query", ["", "?before=3"], ids=["latest", "earlier"])
def test_a_loaded_message_is_copied_as_markdown_and_its_code_alone(
    open_tab: Open, cast: Cast, where: str, query: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}{query}", permissions=ALLOWED)

    tab.press("copy")

    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    expect(tab.page.locator("[data-status-line].visually-hidden")).to_have_text("Copied.")
    assert tab.page.evaluate(CLIPBOARD) == MARKDOWN
    tab.answer.locator("pre").hover()
    tab.press("copy-code")
    expect(tab.answer.locator("[data-action=copy-code][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == CODE


def test_a_live_message_is_copied_as_markdown(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.ask("Well? /tokens 80 /rate 0")
    tab.wait_for("complete")

    tab.press("copy")

    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == database.messages(where)[-1].content


def test_highlighting_does_not_change_the_html(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    plain = tab.articles
    tab.page.wait_for_function("() => CSS.highlights.size > 0")

    painted = tab.page.evaluate(PAINTED)
    assert painted["code-keyword"] >= 2 and painted["code-comment"] == 1
    assert tab.articles == plain


def test_code_has_colours_as_long_as_it_is_near_what_is_in_sight(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    for name in ("early", "late"):
        code = f"```python\ndef {name} (x):\n    return x\n```"
        exchange(database, where, cast.olive, "How?", "A paragraph.\n\n" * 60 + code)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    first, last = tab.page.locator(".code").all()
    for code, name in ((last, "late"), (first, "early"), (last, "late")):
        code.scroll_into_view_if_needed()
        tab.page.wait_for_function(f"(name) => ({COLOURED})() === name", arg=name)


def test_code_stays_plain_if_the_highlighter_cannot_be_loaded(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, "/conversations")
    missed: list[Route] = []
    tab.page.route("**/highlighting.js", lambda route: (missed.append(route), route.abort()))
    tab.page.goto(f"/conversations/{where}")

    expect(tab.answer.locator(".code")).to_have_attribute("data-language", "python")
    eventually(lambda: missed)
    tab.press("copy-code")  # open_tab checks that no script has failed
    expect(tab.answer.locator("pre code")).to_have_text(CODE)


def test_the_copy_button_of_code_causes_no_layout_shift(
    open_tab: Open, cast: Cast, where: str
) -> None:
    plain, live = (
        open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=scripts)
        for scripts in (False, True)
    )
    expect(live.answer.locator(".code-tools")).to_be_visible()
    heights = [tab.answer.locator(".code").bounding_box() for tab in (plain, live)]
    assert heights[0] and heights[1] and heights[0]["height"] == heights[1]["height"]
    button, code = (
        live.answer.locator(part).bounding_box() for part in (".code-tools", "pre code")
    )
    assert button and code and button["y"] + button["height"] <= code["y"], (
        "the button covers the code"
    )


def test_a_live_page_with_copy_buttons_equals_a_loaded_one(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    live = open_tab(cast.olive, f"/conversations/{where}")
    live.ask("Well? /think 5 /tokens 400 /rate 0")
    live.wait_for("complete")
    expect(live.answer.locator(".code .code-tools")).not_to_have_count(0)

    fresh = open_tab(cast.olive, f"/conversations/{where}")

    assert live.articles == fresh.articles
    assert live.answer.evaluate(HEIGHT) == fresh.answer.evaluate(HEIGHT)


@pytest.mark.parametrize("query", ["", "?before=3"])
def test_a_failed_copy_shows_an_alert(open_tab: Open, cast: Cast, where: str, query: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}{query}", script=FORBIDDEN)

    tab.press("copy")

    expect(tab.alert).to_be_visible()
    expect(tab.alert).to_have_text("That could not be copied.")


def test_the_copy_shortcut_shows_a_note(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_text("Copied.")).to_be_in_viewport(ratio=1)
    expect(tab.page.locator(".visually-hidden[role=status]")).to_have_count(1)
    expect(tab.page.get_by_role("status")).to_have_text("")


def test_an_answer_without_text_cannot_be_copied(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.ask("Wait /tokens 9 /hang after 0")
    tab.wait_for("streaming")
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()
    tab.press("stop")
    tab.wait_for("stopped")
    tab.page.evaluate("document.activeElement.blur()")

    tab.page.keyboard.press("y")

    expect(tab.page.get_by_role("status")).to_have_text("Copied.")
    assert tab.page.evaluate(CLIPBOARD) == MARKDOWN
    tab.page.reload()
    expect(tab.answer.locator("[data-action=copy]")).to_be_hidden()
