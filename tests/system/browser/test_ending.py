"""At the end of an answer nothing on the page moves, and nothing is longer or shorter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.demo.stories import all_stories
from tests.support.cast import Cast
from tests.support.records import Records
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]
STATS = {"thought_ms": 2500, "duration_ms": 9500, "output_tokens": 345}
# Shows an answer that streams, and then the same at its end; returns where its parts are.
END = """async ({ js, message, stats }) => {
  const { MessageView } = await import(`${js}/message-view.js`);
  const { OpenChoices } = await import(`${js}/open-choices.js`);
  const template = document.querySelector("#message-template");
  const article = template.content.firstElementChild.cloneNode(true);
  article.dataset.role = "assistant";
  document.querySelector("[data-messages]").append(article);
  const view = new MessageView(article, template.dataset, new OpenChoices(sessionStorage, "test"));
  const places = () => {
    const parts = article.querySelectorAll(":is(.message-content, .message-content > *, footer)");
    const boxes = Array.from(parts, (part) => part.getBoundingClientRect());
    const edges = boxes.map(({ left, top, right, bottom }) => [left, top, right, bottom]);
    return [document.documentElement.scrollHeight, ...edges];
  };
  const rest = () => new Promise((resolve) => setTimeout(resolve, 300));
  view.render({ ...message, status: "streaming" });
  await rest(); // until the page has followed what came
  const before = places();
  view.render({ ...message, status: "complete", stats });
  await rest();
  return [before, places()];
}"""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_nothing_moves(open_tab: Open, records: Records, cast: Cast, size: dict[str, int]) -> None:
    where = records.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", bypass_csp=True, viewport=size)
    exchanges = [each for story in all_stories() for each in story.exchanges]
    assert any("```" in each.answer for each in exchanges)
    for exchange in exchanges:
        before, after = _ends(tab, exchange.thinking, exchange.answer)
        assert len(before) > 3
        assert before == after


def _ends(tab: Tab, thinking: str, content: str) -> Any:
    message = {"id": "m", "role": "assistant", "seq": 9, "thinking": thinking, "content": content}
    return tab.page.evaluate(END, {"js": tab.modules, "message": message, "stats": STATS})
