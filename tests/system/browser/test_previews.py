"""Diagrams and previews are shown on demand, in frames without the page and without a network."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.waiting import eventually
from tests.system.browser.stored import exchange
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SOON_SECONDS = 1.0
ANSWER = """
```mermaid
graph TD; Alpha-->Beta;
```

```mermaid
this is no diagram
```

```html
<h1>Hello</h1><script>document.body.append("from a script")</script>
```

```svg
<svg xmlns="http://www.w3.org/2000/svg"><text y="20">Drawn</text></svg>
```
"""
BLOCKED = """async (url) => {
  const answers = [await fetch(url, { mode: "no-cors" }).then(() => "sent", () => "blocked")];
  for (const reach of [() => parent.document.title, () => document.cookie, () => localStorage]) {
    try { reach(); answers.push("reached"); } catch { answers.push("blocked"); }
  }
  return answers;
}"""


IS_FREE = """(block) => {
  const { content, paddingInlineEnd } = getComputedStyle(block, "::before");
  return content === '""' || parseFloat(paddingInlineEnd) >= block.querySelector(".code-tools").offsetWidth;
}"""


@pytest.fixture
def tab(open_tab: Open, database: Database, cast: Cast) -> Tab:
    where = database.conversation(cast.olive)
    exchange(database, where, cast.olive, "Show me", ANSWER)
    return open_tab(cast.olive, f"/conversations/{where}")


def shown(tab: Tab, index: int) -> Frame:
    """Show the preview of one of the blocks; return its frame."""
    before = len(tab.page.frames)
    tab.answer.locator("[data-action^=preview]").nth(index).click()
    eventually(lambda: len(tab.page.frames) > before)
    return tab.page.frames[-1]


def test_nothing_is_loaded_before_a_reader_asks(tab: Tab) -> None:
    expect(tab.answer.locator("[data-action^=preview]")).to_have_count(4)
    assert len(tab.page.frames) == 1


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_language_is_not_beneath_the_tools(tab: Tab, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 700})
    diagram = tab.answer.locator(".code").first
    diagram.locator("[data-action^=preview]").click()  # now it says "Hide diagram"
    assert diagram.evaluate(IS_FREE)


def test_a_diagram_is_drawn_and_hidden_again(tab: Tab) -> None:
    frame = shown(tab, 0)
    expect(frame.locator("svg")).to_contain_text("Beta")
    assert frame.evaluate("self.origin") == "null"
    tab.answer.locator("[data-action^=preview]").first.click()
    expect(tab.answer.locator("iframe")).to_have_count(0)


def test_what_is_no_diagram_says_so(tab: Tab) -> None:
    tab.answer.locator("[data-action^=preview]").nth(1).click()
    expect(tab.answer.locator(".code-preview")).to_have_text("This diagram can't be drawn.")


def test_a_preview_runs_without_the_page_and_without_a_network(tab: Tab) -> None:
    frame = shown(tab, 2)
    expect(frame.locator("body")).to_have_text("Hellofrom a script")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(SOON_SECONDS)
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/steal"
        assert frame.evaluate(BLOCKED, url) == ["blocked"] * 4
        assert frame.evaluate(BLOCKED, tab.page.url)[0] == "blocked"
        frame.evaluate("url => { location.href = url; }", url)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert tab.errors, "each attempt is reported"
    tab.errors.clear()


def test_a_drawing_is_previewed(tab: Tab) -> None:
    expect(shown(tab, 3).locator("svg")).to_have_text("Drawn")
