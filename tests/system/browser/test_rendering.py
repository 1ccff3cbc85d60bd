"""Rendering a growing text gives at each step the same HTML as rendering it at once."""

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
# Renders each text piece by piece; returns the first prefix whose HTML differs, or null.
GROW = """async ({ js, texts, step }) => {
  const { OpenBlocks } = await import(`${js}/rendering.js`);
  const { SectionList } = await import(`${js}/patching.js`);
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
    """A page in which a test can run its own scripts."""
    return open_tab(cast.olive, "/conversations", bypass_csp=True)


def test_growing_samples_are_rendered_like_whole_ones(tab: Tab) -> None:
    samples = json.loads(SAMPLES.read_text("utf-8"))
    texts = [*samples["extensions"], *samples["attacks"]]
    assert len(texts) > 50
    assert _first_difference(tab, texts, 1) is None


@pytest.mark.parametrize("step", [1, 7, 40])
def test_growing_answers_are_rendered_like_whole_ones(tab: Tab, step: int) -> None:
    exchanges = [each for story in all_stories() for each in story.exchanges]
    answers = [each.answer for each in exchanges if each.answer]
    assert _first_difference(tab, answers, step) is None


def test_growing_long_tables_are_rendered_like_whole_ones(tab: Tab) -> None:
    rows = "".join(f"| {row} | [foo] | **b** |\n" for row in range(230))
    table = f"| A | B | C |\n|---|--:|---|\n{rows}"
    text = f"Text\n\n{table}\nBetween [foo]\n\n{table}\nafter\n\n[foo]: https://e.org\n\nend"
    assert _first_difference(tab, [text], 499) is None
    assert _first_difference(tab, [text], 4000) is None


def test_a_rendering_difference_is_found(tab: Tab) -> None:
    broken = GROW.replace("blocks.render(prefix)", "blocks.render(prefix.toLowerCase())")
    assert render("A") != render("a")
    found = tab.page.evaluate(broken, {"js": tab.serve_modules(), "texts": ["a, A"], "step": 1})
    assert found == "a, A"


def _first_difference(tab: Tab, texts: list[str], step: int) -> str | None:
    js = tab.serve_modules()
    found: str | None = tab.page.evaluate(GROW, {"js": js, "texts": texts, "step": step})
    return found
