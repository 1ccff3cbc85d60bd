"""Passwords, tokens, cookies and keys are never logged or sent to another server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.http_session import BrowserSession
from tests.support.server import Server
from tests.support.transport import Transport
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

KEY = "sk-the-operators-own-key"
SIGNING_KEY = "what signs the cookies in this test"
FULL = "CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'no room'); END"
SECRET_QUESTION = "What nobody else may read"


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    """The model server in the settings."""
    with FakeModel() as model:
        yield model


@pytest.fixture(scope="module")
def stranger() -> Iterator[FakeModel]:
    """A server that is not in the settings, but named in requests."""
    with FakeModel() as stranger:
        yield stranger


@pytest.fixture
def server(database_url: str, tmp_path: Path, model: FakeModel) -> Iterator[Server]:
    """A server whose log may contain tracebacks, as the tests break its database."""
    settings = {
        "MODELS": "openai:openai-text,openai:401",
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "OPENAI_API_KEY": KEY,
        "SECRET_KEY": SIGNING_KEY,
    }
    server = Server(database_url, tmp_path / "server.log", **settings).start()
    yield server
    server.stop()


def test_only_configured_model_servers_are_asked(
    server: Server, cast: Cast, database: Database, model: FakeModel, stranger: FakeModel
) -> None:
    names = [
        stranger.url,
        f"openai:{stranger.url}/v1",
        f"openai:openai-text@{stranger.url}",
        "openai:gpt-99",
        "anthropic:claude",
        "local",
        "demo",
        "OPENAI:openai-text",
        "openai:openai-text\n",
    ]
    with Transport(server.url) as olive:
        assert olive.connect(token=cast.olive.token) == "0"
        for name in names:
            assert olive.ask("create", {"model": name})["error"] == "invalid", name
        assert olive.ask("create", {"model": 7})["error"] == "invalid"
        more = {"base_url": stranger.url, "api_base": stranger.url, "headers": {"Host": "x"}}
        made = olive.ask("create", {"model": "openai:openai-text", **more})
        where = made["conversation"]
        asked = olive.ask("send", {"conversation": where, "content": f"See {stranger.url}", **more})
        eventually(lambda: database.message(asked["reply"]).status == "complete")
    page = BrowserSession(server.url).sign_in(cast.olive)
    fields = {"model": f"openai:{stranger.url}/v1", "title": "x", "base_url": stranger.url}
    assert page.post("/conversations", **fields).status_code == 400
    page.close()
    assert stranger.requests == []
    assert [request.headers["Authorization"] for request in model.requests] == [f"Bearer {KEY}"]


def test_no_failure_writes_a_secret_to_the_log(
    server: Server, cast: Cast, database: Database, database_url: str
) -> None:
    session = BrowserSession(server.url).sign_in(cast.max)
    where = database.conversation(cast.max)
    with Transport(server.url) as max, Transport(server.url, Cookie=session.cookie) as tab:
        assert (max.connect(token=cast.max.token), tab.connect()) == ("0", "0")
        made = max.ask("create", {"model": "openai:401"})["conversation"]
        failed = max.ask("send", {"conversation": made, "content": SECRET_QUESTION})["reply"]
        eventually(lambda: database.message(failed).status == "failed")
        _run(database_url, FULL)
        send = {"conversation": where, "content": SECRET_QUESTION}
        assert max.ask("send", send)["error"] == "unavailable"
        _run(database_url, "DROP TRIGGER full")
        _run(database_url, "ALTER TABLE message RENAME TO messages_elsewhere")
        assert max.ask("join", {"conversation": where})["error"] == "unavailable"
        page = session.http.get(f"{server.url}/conversations/{where}", timeout=20)
        assert page.status_code == 500
        wrong = {"email": cast.eve.email, "password": PASSWORD}
        requests.post(f"{server.url}/login", data=wrong, timeout=20)
    _run(database_url, "ALTER TABLE messages_elsewhere RENAME TO message")
    cookie = session.cookie.partition("=")[2]
    session.close()
    log = server.output
    assert "Traceback" in log, "nothing has failed"
    for secret in (cast.max.token, cast.max.token[14:], cookie, PASSWORD, KEY, SIGNING_KEY):
        assert secret not in log
    assert SECRET_QUESTION not in log
    assert "sk-secret-in-an-error" not in log, "the error message of the model's server"


def _run(database_url: str, statement: str) -> None:
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as database:
        database.execute(statement)
