"""Line ends of every kind are on a live page what they are on one that is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import completion
from tests.support.server import Server
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PIECES = ["one\r", "\ntwo\r\n", "\r", "three\rfour\n", "five"]
SHOWN = "one\ntwo\n\nthree\nfour\nfive"
MODEL = "openai:line-ends@20"


@pytest.fixture
def url(server: Server, tmp_path: Path) -> Iterator[str]:
    """A server on the same database whose model thinks and answers in such lines."""
    with FakeModel() as model:
        model.streams["line-ends"] = completion(PIECES, thinking=PIECES)
        settings = {"MODELS": MODEL, "OPENAI_BASE_URL": f"{model.url}/v1"}
        with Server(server.database_url, tmp_path / "server.log", **settings) as other:
            yield other.url


def test_what_was_live_is_what_is_loaded(
    open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model=MODEL)
    tab = open_tab(cast.olive, f"/conversations/{where}", url)

    tab.ask("Say it.")

    tab.waits_for("complete")
    assert database.messages(where)[-1].thinking == "".join(PIECES)
    thinking = tab.answer.locator(".message-thinking")
    assert thinking.evaluate("element => element.textContent") == SHOWN
    expect(tab.answer.locator(".message-content")).to_contain_text("three")
    fresh = open_tab(cast.olive, f"/conversations/{where}", url)
    assert tab.articles == fresh.articles
