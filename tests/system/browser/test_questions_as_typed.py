"""What a person typed is shown as typed, live and on a loaded page, and copied as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "\n/tokens 5 /rate 0"
QUESTION = (
    "2*3*4*5 = ?\n    indented   line\n\ttab\n\n\n# not a heading, __init__ and C:\\_new\\*x\n"
    "```python\nx = '*a*'\n\n```\n- no list\n1. none\n<b>&amp;</b>\n"
    "\u05e9\u05dc\u05d5\u05dd" + QUICK
)
SHOWN = "e => e.innerText.replace(/\\n$/, '')"


def test_every_character_blank_and_line_of_a_question_is_shown_and_copied(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    allowed = ["clipboard-read", "clipboard-write"]
    tab = open_tab(cast.olive, f"/conversations/{where}", permissions=allowed)
    tab.ask(QUESTION)
    tab.wait_for("complete")

    question = tab.page.locator("article[data-role=user]")
    content = question.locator(".message-content")
    assert content.evaluate("e => e.textContent") == QUESTION
    assert content.evaluate(SHOWN).split() == QUESTION.split()
    assert content.locator("em, strong, li, h1, b").count() == 0
    expect(content.locator(".code code")).to_have_text("x = '*a*'\n\n")
    fresh = open_tab(cast.olive, f"/conversations/{where}")
    assert tab.articles == fresh.articles
    fresh.page.press("[data-composer-text]", "ArrowUp")
    expect(fresh.page.locator("[data-composer-text]")).to_have_value(QUESTION)

    question.locator("[data-action=copy]").click()
    expect(question.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate("navigator.clipboard.readText()") == QUESTION
