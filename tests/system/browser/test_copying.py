"""Messages are copied as the Markdown that was written, code as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from app.extensions import db
from app.models import Conversation
from app.models.message import Role, Status
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
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
HEIGHT = "() => document.documentElement.scrollHeight"


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation with one answer that has code."""
    where = database.conversation(cast.olive)
    database.write(lambda: _answer(where))
    return where


def _answer(where: str) -> None:
    conversation = db.session.scalars(db.select(Conversation).filter_by(public_id=where)).one()
    conversation.add(Role.USER, "How?", seq=1, status=Status.COMPLETE)
    conversation.add(Role.ASSISTANT, MARKDOWN, seq=1, status=Status.COMPLETE, model="demo")


def test_a_loaded_message_is_copied_as_it_was_written(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)

    tab.press("copy")

    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == MARKDOWN


def test_so_is_one_on_a_page_of_earlier_messages(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}?before=3", permissions=ALLOWED)

    tab.press("copy")

    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == MARKDOWN


def test_a_live_message_is_copied_as_it_was_written(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.ask("Well? /tokens 80 /rate 0")
    tab.waits_for("complete")

    tab.press("copy")

    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == database.messages(where)[-1].content


def test_code_is_copied_alone(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=ALLOWED)
    tab.answer.locator("pre").hover()

    tab.press("copy-code")

    expect(tab.answer.locator(".code-copy[data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD) == CODE


def test_code_is_coloured_without_a_change_to_the_page(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    plain = tab.articles
    tab.page.wait_for_function("() => CSS.highlights.size > 0")

    painted = tab.page.evaluate(PAINTED)
    assert painted["hljs-keyword"] >= 2 and painted["hljs-comment"] == 1
    assert tab.articles == plain


def test_code_stays_plain_where_its_colours_can_not_be_had(
    open_tab: Open, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, "/conversations")
    missed: list[Route] = []
    tab.page.route("**/highlighting.js", lambda route: (missed.append(route), route.abort()))
    tab.page.goto(f"/conversations/{where}")

    expect(tab.answer.locator("pre")).to_have_attribute("data-language", "python")
    eventually(lambda: missed)
    tab.press("copy-code")  # and nothing has gone wrong: open_tab sees to that
    expect(tab.answer.locator("pre code")).to_have_text(CODE)


def test_the_strip_above_code_is_there_before_its_button(
    open_tab: Open, cast: Cast, where: str
) -> None:
    plain, live = (
        open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=scripts)
        for scripts in (False, True)
    )
    expect(live.answer.locator(".code-copy")).to_be_visible()
    heights = [tab.answer.locator("pre").bounding_box() for tab in (plain, live)]
    assert heights[0] and heights[1] and heights[0]["height"] == heights[1]["height"]
    button, code = (live.answer.locator(part).bounding_box() for part in (".code-copy", "pre code"))
    assert button and code and button["y"] + button["height"] <= code["y"], "it covers the code"


def test_what_was_live_is_what_is_loaded_buttons_and_all(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    live = open_tab(cast.olive, f"/conversations/{where}")
    live.ask("Well? /think 5 /tokens 400 /rate 0")
    live.waits_for("complete")
    expect(live.answer.locator("pre .code-copy")).not_to_have_count(0)

    fresh = open_tab(cast.olive, f"/conversations/{where}")

    assert live.articles == fresh.articles
    assert live.page.evaluate(HEIGHT) == fresh.page.evaluate(HEIGHT)
