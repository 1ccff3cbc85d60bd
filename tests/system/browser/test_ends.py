"""No frame around the end of an answer shows a layout shift, and what a note says stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.providers.endings import CUT, EMPTY
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.waiting import eventually
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
SIZES = [
    {"width": 1280, "height": 800},
    {"width": 390, "height": 844},
    {"width": 320, "height": 568},
]
PIECES = ["# The laws\n\nThe three laws are:\n\n", "1. First, a robot "]
CUT_SHORT = "openai:cut-short@1"  # a second between the last text and the end
SILENT = "openai:silent"
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
TWO_SIZES = [{"width": 1280, "height": 800}, {"width": 390, "height": 700}]
BREAD = [
    "# Bread\n\nFlour, water, salt.\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nls\n```\n",
]
THINKS = 60
THOUGHTS = ["First this, and then that. " * 30]
MODEL = "openai:bread@1"  # a second between the last text and the end
# Stores in each frame the status of the last answer, and where its parts are.
STORE_FRAMES = """() => {
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
      parts: boxesOf(".message-content, .message-content :not(.code-tools, .tool), footer"),
    };
  };
  look();
}"""


@pytest.fixture(autouse=True)
def streams(fake_model: FakeModel) -> None:
    """One model answers, another one reaches its limit, and one says nothing."""
    fake_model.streams["bread"] = completion(BREAD, thinking=THOUGHTS)
    *texts, _ = completion(PIECES)
    fake_model.streams["cut-short"] = [*texts, reached_its_limit()]
    fake_model.streams["silent"] = completion([])


@pytest.mark.parametrize(("model", "note"), [(CUT_SHORT, CUT), (SILENT, EMPTY)])
def test_a_note_is_shown_live_and_after_a_reload(
    model: str, note: str, open_tab: Open, scripted: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, model=model)
    path = f"/conversations/{where}"
    asking, reading = (open_tab(who, path, scripted) for who in (cast.olive, cast.max))

    asking.ask("What are the laws?")

    for tab in (asking, reading):
        tab.wait_for("complete")
        expect(tab.answer.locator(".message-note")).to_be_visible()
        expect(tab.answer.locator(".message-note")).to_have_text(note)
        expect(tab.answer.locator(".message-error")).to_be_hidden()
        for size in SIZES:
            tab.page.set_viewport_size(size)  # type: ignore[arg-type]
            assert tab.page.evaluate(OVERFLOW) <= 0
    live = [asking.articles, reading.articles]
    for tab in (asking, reading):
        tab.page.reload()
        expect(tab.answer.locator(".message-note")).to_have_text(note)
    assert [asking.articles, reading.articles] == live
    assert live[0] == live[1]
    assert_accessible(asking.page)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size["width"])
def test_a_note_moves_nothing_but_the_footer_below_it(
    size: dict[str, int], open_tab: Open, scripted: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model=CUT_SHORT)
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted, viewport=size)
    tab.page.evaluate(STORE_FRAMES)

    tab.ask("What are the laws?")
    tab.wait_for("complete")
    expect(tab.answer.locator(".message-note")).to_have_text(CUT)

    before, after = around_the_end(tab.page, "complete")
    assert len(before["parts"]) > 4 and "a robot" in before["text"], "all of the text must be there"
    *above, footer = before["parts"]
    for state in after:
        *parts, moved = state["parts"]
        assert parts == above
        assert (moved[0], moved[2:]) == (footer[0], footer[2:])
        assert moved[1] > footer[1]
    assert all(state["parts"] == after[0]["parts"] for state in after), "it moved twice"


def test_an_answer_with_a_note_can_be_retried_to_one_without(
    open_tab: Open, scripted: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model=CUT_SHORT)
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted)
    tab.ask("What are the laws?")
    tab.wait_for("complete")
    expect(tab.answer.locator(".message-note")).to_have_text(CUT)

    tab.press("retry")

    tab.wait_for("streaming")
    expect(tab.answer.locator(".message-note")).to_be_hidden()
    tab.press("stop")
    tab.wait_for("stopped")
    expect(tab.answer.locator(".message-note")).to_be_hidden()


def reached_its_limit() -> str:
    """Return the last event of an answer that was cut off."""
    return json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]})


@pytest.mark.parametrize("size", TWO_SIZES, ids=lambda size: size["width"])
def test_no_frame_shifts_when_an_answer_is_complete(
    open_tab: Open, scripted: str, database: Database, cast: Cast, size: dict[str, int]
) -> None:
    where = database.conversation(cast.olive, model=MODEL)
    tab = open_tab(cast.olive, f"/conversations/{where}", scripted, viewport=size)
    tab.page.evaluate(STORE_FRAMES)

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
    tab.page.evaluate(STORE_FRAMES)
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
