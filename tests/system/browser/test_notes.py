"""The page shows an answer's note, live and after a reload alike, and nothing above it moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.providers.endings import CUT, EMPTY
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab
from tests.system.browser.test_layout_shift_frames import NOTE as STORE_FRAMES
from tests.system.browser.test_layout_shift_frames import around_the_end

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


@pytest.fixture(scope="module")
def url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on the same database whose models reach their limit, or say nothing."""
    log: Path = tmp_path_factory.mktemp("notes") / "server.log"
    with FakeModel() as model:
        *texts, _ = completion(PIECES)
        model.streams["cut-short"] = [*texts, reached_its_limit()]
        model.streams["silent"] = completion([])
        models = f"{CUT_SHORT},{SILENT}"
        settings = {"MODELS": models, "OPENAI_BASE_URL": f"{model.url}/v1"}
        with Server(server.database_url, log, **settings) as other:
            yield other.url


@pytest.mark.parametrize(("model", "note"), [(CUT_SHORT, CUT), (SILENT, EMPTY)])
def test_a_note_is_shown_live_and_after_a_reload(
    model: str, note: str, open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, model=model)
    path = f"/conversations/{where}"
    asking, reading = (open_tab(who, path, url) for who in (cast.olive, cast.max))

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
    size: dict[str, int], open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model=CUT_SHORT)
    tab = open_tab(cast.olive, f"/conversations/{where}", url, viewport=size)
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
    open_tab: Open, url: str, server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model=CUT_SHORT)
    tab = open_tab(cast.olive, f"/conversations/{where}", url)
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
