"""The end of an answer causes no layout shift and does not change the page's height."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import pytest
from playwright.sync_api import expect

from app.demo.stories import all_stories
from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]
STATS = {"thought_ms": 2500, "duration_ms": 9500, "output_tokens": 345}
COMPLETE = {"status": "complete", "stats": STATS}
STOPPED = {"status": "stopped", "stats": STATS}
# Shows a streaming answer and then its end; returns where its parts are before and after.
END = """async ({ js, message, end }) => {
  const { MessageView } = await import(`${js}/message-view.js`);
  const { ThinkingChoices } = await import(`${js}/thinking.js`);
  const template = document.querySelector("#message-template");
  const article = template.content.firstElementChild.cloneNode(true);
  article.dataset.role = "assistant";
  document.querySelector("[data-messages]").append(article);
  const choices = new ThinkingChoices(sessionStorage, "test");
  const view = new MessageView(article, template.dataset, undefined, choices);
  const places = () => {
    const parts = article.querySelectorAll(":is(.message-content, .message-content > *, footer)");
    const boxes = Array.from(parts, (part) => part.getBoundingClientRect());
    const seen = boxes.filter(({ height }) => height > 0);
    const edges = seen.map(({ left, top, right, bottom }) => [left, top, right, bottom]);
    return [document.documentElement.scrollHeight, ...edges];
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rest = async () => {
    for (let [same, last] = [0, -1]; same < 5; last = scrollY) {
      await frame();
      same = scrollY === last ? same + 1 : 0;
    }
  };
  view.showNow({ ...message, status: "streaming" });
  await rest(); // until the page has scrolled
  const before = places();
  view.showNow({ ...message, ...end });
  await rest();
  return [before, places()];
}"""
# The names of what is in the row of the last answer, and their positions.
TEXTS = """() => {
  const [article] = [...document.querySelectorAll("article[data-role=assistant]")].slice(-1);
  const parts = [...article.querySelectorAll(":is(.message-error, footer button)")];
  return parts.filter((part) => part.checkVisibility()).map((part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return [part.title || part.textContent, range.getBoundingClientRect().toJSON()];
  });
}"""


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_a_complete_answer_causes_no_layout_shift(
    open_tab: Open, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", bypass_csp=True, viewport=size)
    exchanges = [each for story in all_stories() for each in story.exchanges]
    exchanges = [each for each in exchanges if each.answer]
    assert any("```" in each.answer for each in exchanges)
    for exchange in exchanges:
        before, after = _ends(tab, exchange.thinking, exchange.answer, COMPLETE)
        assert len(before) > 3
        assert before == after


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_a_stop_causes_no_layout_shift(
    open_tab: Open, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", bypass_csp=True, viewport=size)
    for thinking, content in product(["", "Hm."], ["", "Some.\n\n```\ncode\n```\n"]):
        before, after = _ends(tab, thinking, content, STOPPED)
        assert before == after
        expect(tab.answer.locator(".message-error")).to_have_text("Stopped.")
        rows = tab.page.evaluate(TEXTS)
        assert {"Stopped.", "Retry", "Details"} <= {name for name, _ in rows}
        for (one, first), (other, second) in combinations(rows, 2):
            assert _are_apart(first, second), f"{one} overlaps {other}"


def _ends(tab: Tab, thinking: str, content: str, end: dict[str, object]) -> Any:
    message = {"id": "m", "role": "assistant", "seq": 9, "thinking": thinking, "content": content}
    return tab.page.evaluate(END, {"js": tab.serve_modules(), "message": message, "end": end})


def _are_apart(one: dict[str, float], other: dict[str, float]) -> bool:
    return any(
        one[end] <= other[start] or other[end] <= one[start]
        for start, end in (("left", "right"), ("top", "bottom"))
    )
