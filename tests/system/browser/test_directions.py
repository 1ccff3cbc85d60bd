"""Right to left: what is written, searched for and listed has the direction of its own letters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import update

from app.extensions import db
from app.models import Conversation, Message, User
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

TITLE, QUESTION, SEARCH = "שלום עולם", "مرحبا بالعالم، كيف الحال؟", "עולם"
THINKING = "\n".join(["first in English", "שלום"])
# On which side of its box the first character of an element's text is.
SIDE = """(element) => {
  const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(text, 1);
  const [first, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
  return first.left - box.left < box.right - first.right ? "left" : "right";
}"""
LINE_SIDES = """(element) => {
  const text = element.firstChild;
  const box = element.getBoundingClientRect();
  return [0, text.data.indexOf("\\n") + 1].map((at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const first = range.getBoundingClientRect();
    return first.left - box.left < box.right - first.right ? "left" : "right";
  });
}"""


def direction(place: Locator) -> str:
    return str(place.evaluate("element => getComputedStyle(element).direction"))


def test_everything_that_people_write_has_the_direction_of_its_letters(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title=TITLE)
    exchange(database, where, cast.olive, QUESTION, f"# {TITLE}\n\n- {QUESTION}\n\n> {TITLE}")
    there = db.select(Conversation.id).where(Conversation.public_id == where).scalar_subquery()
    mine = update(Message).where(Message.conversation_id == there)
    database.write(lambda: db.session.execute(mine.values(thinking=THINKING, thought_ms=1)))
    tab = open_tab(cast.olive, f"/conversations/{where}")
    page = tab.page

    composer = page.locator("[data-composer-text]")
    assert direction(composer) == "ltr", "while it is empty"
    composer.fill(QUESTION)
    assert direction(composer) == "rtl"
    composer.fill("")
    search = page.locator("[data-quick-search]")
    search.fill(SEARCH)
    assert direction(search) == "rtl"
    search.fill("")
    for part in ("[data-role=user] .message-content > p", ".message-content > h1"):
        assert direction(page.locator(part)) == "rtl", part
        assert page.locator(part).evaluate(SIDE) == "right", part
    for part in ("ul", "blockquote"):
        assert direction(tab.answer.locator(part)) == "rtl", part
    tab.answer.locator(".message-thoughts summary").click()
    assert tab.answer.locator(".message-thinking").evaluate(LINE_SIDES) == ["left", "right"]
    assert direction(page.locator(f".sidebar [data-row='{where}'] .listing-title")) == "rtl"

    page.goto("/conversations")
    assert direction(page.locator("main #search")) == "ltr"
    page.locator("main #search").fill(SEARCH)
    assert direction(page.locator("main #search")) == "rtl"
    assert direction(page.locator(f"main [data-row='{where}'] .listing-title")) == "rtl"


def test_names_in_the_list_keep_their_order(open_tab: Open, database: Database, cast: Cast) -> None:
    """The name of the second would draw the comma, and the model after it, to its other side."""
    where = database.conversation(cast.olive, cast.eve)
    exchange(database, where, cast.olive, "Hello", "Hi")
    database.write(lambda: _rename(cast.eve.name, "מיכל"))
    try:
        page = open_tab(cast.olive, "/conversations").page
        about = page.locator(f"main [data-row='{where}'] .listing-about")
        expect(about).to_contain_text("מיכל · ")
        assert about.locator("bdi").all_inner_texts() == [cast.olive.name, "מיכל"]
        lefts = about.locator("bdi").evaluate_all("all => all.map((one) => one.offsetLeft)")
        assert lefts == sorted(lefts)
    finally:
        database.write(lambda: _rename("מיכל", cast.eve.name))


def _rename(name: str, other: str) -> None:
    db.session.execute(update(User).where(User.name == name).values(name=other))
