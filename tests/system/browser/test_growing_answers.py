"""While an answer streams no open mark is seen; mathematics is drawn, and code has its tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

ANSWER = """Here are **the steps** with `code`, a [link](https://example.org/a_b) and $x_1 + y_1$:
- one
- two

| Name | Value |
|---|--:|
| a, "b" | $z^2$ |

\\[
f(x) = \\frac{1}{2}
\\]

```python
def greet():
    return "hello"  # **no**
```

The end.
"""
MODEL = "openai:growing@20"
LINES = ["one\r", "\ntwo\r\n", "\r", "three\rfour\n", "five"]
SHOWN = "one\ntwo\n\nthree\nfour\nfive"
ALLOWED = ["clipboard-read", "clipboard-write"]
CLIPBOARD = "navigator.clipboard.readText()"
# Stores what is seen of the answer in each frame, without code.
SAMPLER = """(() => {
  window.seen = [];
  window.tools = [];
  const look = () => {
    const content = document.querySelector("article[data-role=assistant] .message-content");
    if (content) {
      const copy = content.cloneNode(true);
      for (const code of copy.querySelectorAll(".code, .math")) code.remove();
      window.seen.push(copy.textContent);
      const isStreaming = content.closest("[data-status=streaming]") !== null;
      const block = content.querySelector(".code");
      if (block && isStreaming) window.tools.push(block.querySelectorAll(".tool").length);
    }
    requestAnimationFrame(look);
  };
  document.addEventListener("DOMContentLoaded", look);
})();
"""
SELECT = """() => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector("[data-role=assistant] .message-content p"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  document.activeElement.blur();
}"""
COLOURED_CODE_GROWS = """() => [...CSS.highlights.values()].flatMap((ranges) => [...ranges]).some(
  ({ startContainer: { parentElement: code } }) => code?.closest("[data-status=streaming]")
)"""
DRAWN = ".math[data-tex] math"


@pytest.fixture
def tab(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> Tab:
    """A tab in which the answer came a few characters at a time."""
    pieces = [ANSWER[i : i + 5] for i in range(0, len(ANSWER), 5)]
    fake_model.streams["growing"] = completion(pieces)
    where = database.conversation(cast.olive, model=MODEL)
    path = f"/conversations/{where}"
    tab = open_tab(cast.olive, path, scripted, script=SAMPLER, permissions=ALLOWED)
    tab.ask("Grow.")
    tab.wait_for("complete")
    expect(tab.answer.locator(DRAWN)).to_have_count(3)
    return tab


def test_no_open_mark_is_seen_and_the_end_equals_a_loaded_page(tab: Tab) -> None:
    seen = tab.page.evaluate("window.seen")
    assert len(set(seen)) > 3, "it must be seen growing"
    for text in seen:
        for mark in ("**", "`", "[", "](", "|", "$", "\\[", "\n-"):
            assert mark not in text, json.dumps(text)
    assert set(tab.page.evaluate("window.tools")) == {3}, (
        "the tools are there from the first line on"
    )
    live = tab.articles

    tab.page.reload()

    expect(tab.answer.locator(DRAWN)).to_have_count(3)
    assert tab.articles == live


def test_code_has_colours_while_it_grows(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    fake_model.streams["bread"] = completion(["```js\nlet x = 1;\n", *"d" * 300])
    path = f"/conversations/{database.conversation(cast.olive, model='openai:bread@1')}"
    tab = open_tab(cast.olive, path, scripted)
    tab.ask("Grow.")
    tab.page.wait_for_function(COLOURED_CODE_GROWS)
    tab.press("stop")


def test_a_stopped_answer_looks_finished_on_every_page_and_is_copied_exactly(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    fake_model.streams["bread"] = completion(["# One\n\nThe **bold wor", *"d" * 300])
    path = f"/conversations/{database.conversation(cast.olive, model='openai:bread@1')}"
    tab = open_tab(cast.olive, path, scripted, permissions=ALLOWED)
    tab.ask("Grow.")
    expect(tab.answer.locator("strong")).to_contain_text("bold wor")
    tab.press("stop")
    tab.wait_for("stopped")
    expect(tab.answer.locator("strong")).to_contain_text("bold wor")
    live = tab.articles
    tab.press("copy")
    expect(tab.answer.locator("[data-action=copy][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD).startswith("# One\n\nThe **bold wor")
    assert not tab.page.evaluate(CLIPBOARD).endswith("*")

    tab.page.reload()

    assert tab.articles == live


def test_mathematics_tables_and_code_have_their_tools(tab: Tab) -> None:
    """Mathematics is copied as its source, a table as comma-separated values; code can be wrapped
    and downloaded, and its tools stay in sight."""
    tab.page.evaluate(SELECT)
    tab.page.keyboard.press("Control+c")
    assert "a link and $x_1 + y_1$:" in tab.page.evaluate(CLIPBOARD)

    tab.press("copy-table")
    expect(tab.answer.locator("[data-action=copy-table][data-done]")).to_be_visible()
    assert tab.page.evaluate(CLIPBOARD).splitlines() == ["Name,Value", '"a, ""b""",$z^2$']

    tab.press("wrap-code")
    wraps = tab.answer.locator("[data-action=wrap-code][aria-pressed=true]")
    expect(wraps).to_be_visible()
    space = tab.answer.locator("pre").evaluate("e => getComputedStyle(e).whiteSpace")
    assert space.startswith("pre-wrap")
    with tab.page.expect_download() as download:
        tab.press("download-code")
    assert download.value.suggested_filename == "code.py"
    assert Path(download.value.path()).read_text().startswith("def greet():\n")

    tab.page.set_viewport_size({"width": 600, "height": 300})
    block = tab.answer.locator(".code")
    block.evaluate("e => scrollTo(0, e.getBoundingClientRect().bottom + scrollY - 120)")
    tools, bar = (tab.page.locator(part).bounding_box() for part in (".code-tools", ".topbar"))
    assert tools and bar
    assert tools["y"] >= bar["y"] + bar["height"] - 1


def test_mathematics_is_loaded_only_where_there_is_any(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("No formulas? /tokens 5 /rate 0")
    tab.wait_for("complete")
    names = tab.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert not [name for name in names if "formulas" in name]


def test_a_live_page_with_any_line_endings_equals_a_loaded_one(
    open_tab: Open, scripted: str, fake_model: FakeModel, database: Database, cast: Cast
) -> None:
    fake_model.streams["line-ends"] = completion(LINES, thinking=LINES)
    where = database.conversation(cast.olive, model="openai:line-ends@20")
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted)

    tab.ask("Say it.")

    tab.wait_for("complete")
    assert database.messages(where)[-1].thinking == "".join(LINES)
    thinking = tab.answer.locator(".message-thinking")
    assert thinking.evaluate("element => element.textContent") == SHOWN
    expect(tab.answer.locator(".message-content")).to_contain_text("three")
    fresh = open_tab(cast.olive, f"/conversations/{where}", scripted)
    assert tab.articles == fresh.articles
