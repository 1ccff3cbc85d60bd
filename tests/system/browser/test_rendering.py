"""What a page makes of a text that grows is, at each step, what it makes of the text at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.stories import all_stories
from app.markdown import render
from tests.support.cast import Cast
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SAMPLES = Path(__file__).parents[2] / "markdown_samples.json"
# Shows each text piece by piece, and returns the first prefix that looks otherwise than at once.
GROW = """async ({ js, texts, step }) => {
  const { OpenBlocks, SectionList } = await import(`${js}/rendering.js`);
  const { markdown } = await import(`${js}/markdown.js`);
  const whole = document.createElement("div");
  for (const text of texts) {
    const [container, blocks] = [document.createElement("div"), new OpenBlocks()];
    const sections = new SectionList(container);
    for (let length = step; length < text.length + step; length += step) {
      const prefix = text.slice(0, length);
      sections.show(blocks.render(prefix));
      whole.innerHTML = markdown.render(prefix);
      if (container.innerHTML !== whole.innerHTML) return prefix;
    }
  }
  return null;
}"""


@pytest.fixture
def tab(open_tab: Open, cast: Cast) -> Tab:
    """A page in which a test may run scripts of its own."""
    return open_tab(cast.olive, "/conversations", bypass_csp=True)


def test_samples_that_grow_by_a_character(tab: Tab) -> None:
    samples = json.loads(SAMPLES.read_text("utf-8"))
    texts = [*samples["extensions"], *samples["attacks"]]
    assert len(texts) > 50
    assert _first_that_differs(tab, texts, 1) is None


@pytest.mark.parametrize("step", [1, 7, 40])
def test_answers_that_grow(tab: Tab, step: int) -> None:
    answers = [each.answer for story in all_stories() for each in story.exchanges]
    assert _first_that_differs(tab, answers, step) is None


def test_a_difference_is_found(tab: Tab) -> None:
    broken = GROW.replace("blocks.render(prefix)", "blocks.render(prefix.toLowerCase())")
    assert render("A") != render("a")
    found = tab.page.evaluate(broken, {"js": tab.serve_modules(), "texts": ["a, A"], "step": 1})
    assert found == "a, A"


def _first_that_differs(tab: Tab, texts: list[str], step: int) -> str | None:
    js = tab.serve_modules()
    found: str | None = tab.page.evaluate(GROW, {"js": js, "texts": texts, "step": step})
    return found
