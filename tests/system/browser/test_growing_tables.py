"""A long table that grows: no paint touches the rows that are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.system.browser.style_updates import style_updates
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ROWS, SLOW_ROWS = 6_000, 200  # in all, and those that come one by one
MODEL = "openai:growing@40"
HEAD = "| row | words | count |\n|---|---|--:|\n"
MOST_ROWS = (
    300  # that a paint may render or touch: some that are open, and those that have come meanwhile
)
MOST_STYLED = 3_000  # elements, of 24,000
# Notes from now on, for each paint, how many rows of HTML it parses and how many nodes it touches.
WATCH = """() => {
  window.paints = [];
  const { get, set } = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  Object.defineProperty(Element.prototype, "innerHTML", {
    get,
    set(html) {
      window.parsed = (window.parsed ?? 0) + html.split("<tr>").length - 1;
      set.call(this, html);
    },
  });
  new MutationObserver((records) => {
    const counts = records.map((one) => one.addedNodes.length + one.removedNodes.length || 1);
    const touched = counts.reduce((sum, count) => sum + count, 0);
    window.paints.push({ parsed: window.parsed ?? 0, touched });
    window.parsed = 0;
  }).observe(document.querySelector("article[data-role=assistant] .message-content"), {
    attributes: true, characterData: true, childList: true, subtree: true,
  });
}"""


def test_a_paint_renders_touches_and_styles_a_few_rows(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    rows = [f"| {number} | a few words | {number * 7} |\n" for number in range(ROWS)]
    fast = HEAD + "".join(rows[:-SLOW_ROWS])
    fake_model.streams["growing"] = completion([fast, *rows[-SLOW_ROWS:]])
    where = database.conversation(cast.olive, model=MODEL)
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted)
    tab.page.set_default_timeout(120_000)
    tab.ask("Go on")
    tab.page.locator(f"td:text-is('{ROWS - SLOW_ROWS + 1}')").wait_for(state="attached")
    with style_updates(tab.page) as updates:
        tab.page.evaluate(WATCH)
        tab.page.locator(f"td:text-is('{ROWS - 9}')").wait_for(state="attached")
        paints = tab.page.evaluate("window.paints")

    assert len(paints) >= 3, "precondition: it must be seen growing"
    assert sum(paint["parsed"] for paint in paints) > 0
    assert max(paint["parsed"] for paint in paints) < MOST_ROWS
    assert max(paint["touched"] for paint in paints) < MOST_ROWS
    assert max(update.elements for update in updates) < MOST_STYLED
    tab.wait_for("complete")
    assert tab.answer.locator("tbody tr").count() == ROWS
