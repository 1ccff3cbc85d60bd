"""Models that are added while a server runs: every process offers them, and no log holds a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.http_session import BrowserSession
from tests.support.server import Server, command
from tests.support.waiting import eventually
from tests.system.conftest import Read

KEY = "sk-added-while-the-server-runs-7"

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_model_is_offered_at_once_and_its_key_is_in_no_log(
    server: Server, cast: Cast, database: Database, read: Read, folder: Path
) -> None:
    where = database.conversation(cast.olive)
    browser = BrowserSession(server.url).sign_in(cast.olive)
    page = lambda: browser.http.get(f"{server.url}/conversations", timeout=20).text  # noqa: E731
    with FakeModel() as model:
        about = ("acme", "--base-url", f"{model.url}/v1", "--key-stdin")
        command(server.database_url, "models", "provider", *about, stdin=f"{KEY}\n")
        assert "acme:openai-text" not in page()
        command(server.database_url, "models", "offer", "acme", "openai-text")
        eventually(lambda: 'value="acme:openai-text"' in page())
        reply = read(cast.olive, where).send("Hi", model="acme:openai-text")["reply"]
        eventually(lambda: database.message(reply).status == "complete")
        assert model.requests[-1].headers["Authorization"] == f"Bearer {KEY}"
        command(server.database_url, "models", "offer", "acme", "openai-text", "--to", "nobody")
        eventually(lambda: 'value="acme:openai-text"' not in page())
    assert KEY not in (folder / "server.log").read_text("utf-8")
