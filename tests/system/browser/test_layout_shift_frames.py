"""No frame around the end of an answer from a server shows a layout shift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 700}]
PIECES = [
    "# Bread\n\nFlour, water, salt.\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nls\n```\n",
]
THINKS = 60
THOUGHTS = ["First this, and then that. " * 30]
MODEL = "openai:bread@1"  # a second between the last text and the end
# Stores in each frame the status of the last answer, and where its parts are.
NOTE = """() => {
  window.frames_ = [];
  const look = () => {
    const article = [...document.querySelectorAll("article[data-role=assistant]")].at(-1);
    if (article) frames_.push(stateOf(article));
    requestAnimationFrame(look);
  };
  const stateOf = (article) => {
    const boxesOf = (selector) => Array.from(article.querySelectorAll(selector), (part) => {
      const { left, top, width, height } = part.getBoundingClientRect();
      return [left, top + scrollY, width, height];
    });
    const { status, seq } = article.dataset;
    return {
      status, text: article.querySelector(".message-content").textContent,
      page: [document.documentElement.scrollHeight, scrollY],
      thoughts: boxesOf(".message-thoughts, .message-thinking"),
      parts: boxesOf(".message-content, .message-content :not(.code-copy), footer"),
    };
  };
  look();
}"""


@pytest.fixture
def url(server: Server, tmp_path: Path) -> Iterator[str]:
    """A server on the same database whose model pauses before the end."""
    with FakeModel() as model:
        model.streams["bread"] = completion(PIECES, thinking=THOUGHTS)
        settings = {"MODELS": MODEL, "OPENAI_BASE_URL": f"{model.url}/v1"}
        with Server(server.database_url, tmp_path / "server.log", **settings) as other:
            yield other.url


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_no_frame_shifts_when_an_answer_is_complete(
    open_tab: Open, url: str, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    where = database.conversation(cast.olive, model=MODEL)
    tab = open_tab(cast.olive, f"/conversations/{where}", url, viewport=size)
    tab.page.evaluate(NOTE)

    tab.ask("How is it made?")
    tab.wait_for("complete")

    before, after = around_the_end(tab.page, "complete")
    assert len(before["parts"]) > 10 and "ls" in before["text"], "all of the text must be there"
    for state in after:
        assert (state["page"], state["parts"]) == (before["page"], before["parts"])


def test_no_frame_shifts_when_thinking_is_stopped(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.evaluate(NOTE)
    tab.ask(f"Think /think {THINKS} /tokens 9 /rate 0 /hang after 0")
    thinking = tab.answer.locator(".message-thinking")
    eventually(lambda: len(thinking.inner_text().split()) == THINKS)  # all of it, before the stop
    expect(tab.answer.locator(".message-thoughts")).to_have_attribute("open", "")

    tab.press("stop")
    tab.wait_for("stopped")

    before, after = around_the_end(tab.page, "stopped")
    assert before["thoughts"][1][3] > 0, "the thinking must be visible"
    for state in after:
        assert state["thoughts"] == before["thoughts"]
    tab.page.reload()
    expect(tab.answer.locator(".message-thoughts")).to_have_attribute("open", "")


def around_the_end(page: Page, status: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the state in the last frame before the end, and in the frames after it."""
    page.wait_for_function("(end) => frames_.at(-20)?.status === end", arg=status)
    frames = page.evaluate("frames_")
    return (
        [each for each in frames if each["status"] == "streaming"][-1],
        [each for each in frames if each["status"] == status],
    )
