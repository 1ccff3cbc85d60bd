"""Fixtures for tests of revoked access: two servers, and an answer that streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.security.scenario import Scenario, reset_person


@pytest.fixture(scope="module")
def other_server(database_url: str, folder: Path) -> Iterator[Server]:
    """A second process on the same database, without Redis."""
    with Server(database_url, folder / "other.log") as server:
        yield server


@pytest.fixture
def scenario(
    server: Server, other_server: Server, cast: Cast, database: Database
) -> Iterator[Scenario]:
    """Max has signed in at the first server and has an API token."""
    token = database.write(lambda: reset_person(cast.max))
    session = BrowserSession(server.url).sign_in(cast.max)
    yield Scenario(server, other_server, session, token, database)
    session.close()


@pytest.fixture
def streaming(
    database: Database, cast: Cast, server: Server, read: Callable[..., Reader]
) -> Iterator[str]:
    """The id of a conversation with an endless answer, of which Max is a member."""
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    reply = olive.send("/tokens 100000 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))
    yield where
    before = len(olive.events("chunk"))
    eventually(
        lambda: len(olive.events("chunk")) > before,
        what="the other readers must receive more chunks",
    )
    assert olive.ask("stop", {"id": reply})["ok"]
