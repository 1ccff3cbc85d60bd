"""A growing answer moves nothing above its end, and its end changes no place and no height."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import pytest
from playwright.sync_api import expect

from app.demo.stories import all_stories
from benchmarks.streaming_page import long_text
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab, send_late

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
  const isShown = () => !message.content || article.querySelector(".message-content > *");
  while (!isShown()) await frame(); // the first formula of a page waits for what draws it
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

# Watches the answer that streams: what shifts outside of it, which of its blocks have moved since
# they were first drawn. Within the block that grows, columns of a table get wider, and a list gets
# looser.
WATCH = """() => {
  Object.assign(window, { shifts: [], moved: [], drawn: new Set() });
  const partOf = (node) => (node instanceof Text ? node.parentElement : node);
  const isElsewhere = ({ node }) => node && !partOf(node).closest("article:last-of-type");
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      const parts = sources.filter(isElsewhere).map(({ node }) => partOf(node).outerHTML);
      if (parts.length > 0) window.shifts.push([value, parts.map((part) => part.slice(0, 80))]);
    }
  }).observe({ type: "layout-shift" });
  const tops = [];
  const look = () => {
    requestAnimationFrame(look);
    const content = document.querySelector("[data-status=streaming] .message-content");
    if (!content) return;
    const start = document.querySelector("article").getBoundingClientRect().top;
    for (const [index, block] of [...content.children].entries()) {
      const top = block.getBoundingClientRect().top - start;
      tops[index] ??= top;
      if (Math.abs(tops[index] - top) < 0.5) continue;
      window.moved.push([block.outerHTML.slice(0, 80), tops[index], top]);
      tops[index] = top;
    }
    window.drawn.add(content.children.length);
  };
  look();
}"""
UNDRAWN = ".math:not([data-tex], [data-undrawn])"


@pytest.mark.alone  # a formula that does not fit in a frame is drawn in the next one
def test_a_long_answer_moves_nothing_while_it_grows_and_equals_a_loaded_one(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    text = long_text()
    for part in ("$$", "```", "|--"):
        assert part in text, "mathematics, code and a table"
    fake_model.streams["long"] = completion([text[i : i + 40] for i in range(0, len(text), 40)])
    where = database.conversation(cast.olive, model="openai:long@100")
    exchange(database, where, cast.olive, "First?", "It has no formula.")
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted)
    tab.page.set_default_timeout(30_000)
    tab.page.route("**/formulas.js", send_late)  # when the text has gone on
    with tab.page.expect_request("**/formulas.js"):
        tab.ask("Go on.")
        tab.wait_for("streaming")
        tab.page.evaluate(WATCH)
    tab.wait_for("complete")
    expect(tab.answer.locator(UNDRAWN)).to_have_count(0)
    drawn, moved, shifts = tab.page.evaluate("[drawn.size, moved, shifts]")
    assert drawn > 1, "it must be seen growing"
    assert (moved, shifts) == ([], [])
    live, height = tab.articles, tab.answer.evaluate("one => one.offsetHeight")

    tab.page.reload()

    expect(tab.answer.locator(UNDRAWN)).to_have_count(0)
    assert tab.articles == live
    assert tab.answer.evaluate("one => one.offsetHeight") == height


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
    for each in exchanges:
        before, after = _ends(tab, each.thinking, each.answer, COMPLETE)
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
