"""A long table that grows: no paint renders, touches or styles the rows that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import DONE, Body, completion, framed
from tests.system.browser.style_updates import style_updates
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ROWS, SLOW_ROWS = 2_000, 8  # in all, and those that come one by one
MODEL = "openai:by-hand"
HEAD = "| row | words | count |\n|---|---|--:|\n"
MOST_ROWS = 100  # that a paint renders or touches: some are open
MOST_STYLED = 200  # elements, of 8,000
# Notes from now on, for each paint, how many rows of HTML it parses and how many nodes it touches.
WATCH = """() => {
  let parsed = 0;
  window.paints = [];
  const { get, set } = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  Object.defineProperty(Element.prototype, "innerHTML", {
    get,
    set(html) {
      parsed += html.split("<tr>").length - 1;
      set.call(this, html);
    },
  });
  new MutationObserver((records) => {
    const counts = records.map((one) => one.addedNodes.length + one.removedNodes.length || 1);
    window.paints.push({ parsed, touched: counts.reduce((sum, count) => sum + count, 0) });
    parsed = 0;
  }).observe(document.querySelector("article[data-role=assistant] .message-content"), {
    attributes: true, characterData: true, childList: true, subtree: true,
  });
}"""


@dataclass(frozen=True)
class BodyByHand(Body):
    """A response whose pieces arrive when the test sends them."""

    data: bytes = b""
    queue: SimpleQueue[bytes] = field(default_factory=SimpleQueue)

    @property
    def pieces(self) -> Iterator[bytes]:
        """Wait for each of them; the empty one is the end."""
        return iter(self.queue.get, b"")

    def send(self, events: Sequence[str]) -> None:
        """Send events of a chat completion."""
        for event in events:
            self.queue.put(framed(event, "openai"))


def test_a_paint_renders_touches_and_styles_a_few_rows(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    rows = [f"| {number} | a few words | {number * 7} |\n" for number in range(ROWS)]
    fast, *slow = completion([HEAD + "".join(rows[:-SLOW_ROWS]), *rows[-SLOW_ROWS:]])
    fake_model.bodies["by-hand"] = answer = BodyByHand()
    where = database.conversation(cast.olive, model=MODEL)
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted)
    tab.page.set_default_timeout(120_000)
    shown = tab.answer.locator("tbody tr")
    tab.ask("Go on")
    answer.send([fast])
    expect(shown).to_have_count(ROWS - SLOW_ROWS, timeout=120_000)
    answer.send([slow.pop(0)])  # now the first rows are closed
    expect(shown).to_have_count(ROWS - SLOW_ROWS + 1, timeout=120_000)
    with style_updates(tab.page) as updates:
        tab.page.evaluate(WATCH)
        for count in range(ROWS - SLOW_ROWS + 2, ROWS + 1):
            answer.send([slow.pop(0)])
            expect(shown).to_have_count(count, timeout=120_000)
        paints = tab.page.evaluate("window.paints")
    answer.send([*slow, DONE])
    answer.queue.put(b"")

    assert len(paints) >= SLOW_ROWS - 1, "precondition: each row is seen coming"
    assert all(paint["parsed"] for paint in paints), "precondition: they are counted"
    assert max(paint["parsed"] for paint in paints) < MOST_ROWS
    assert max(paint["touched"] for paint in paints) < MOST_ROWS
    assert 0 < max(update.elements for update in updates) < MOST_STYLED
    tab.wait_for("complete")
    assert shown.count() == ROWS
