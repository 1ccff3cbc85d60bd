"""Fixtures for tests with real servers: one server for each test file, and readers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.support.cast import Cast, Person, create_cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

Read = Callable[..., Reader]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for this file's tests."""
    return tmp_path_factory.mktemp("system")


@pytest.fixture(scope="module")
def database_url(blank_database: Path, folder: Path) -> str:
    """The URL of a database that the tests of a file share."""
    path = shutil.copy(blank_database, folder / "midstream.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Environment variables of the server; a test file may override them."""
    return {}


@pytest.fixture(scope="module")
def server(database_url: str, folder: Path, settings: dict[str, str]) -> Iterator[Server]:
    """A server process that the tests of a file share; its log must have no traceback."""
    with Server(database_url, folder / "server.log", **settings) as server:
        yield server


@pytest.fixture
def start_server(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start more servers on the same database, with their own settings."""
    with ExitStack() as servers:
        numbers = count(1)

        def start(**settings: str) -> Server:
            log = tmp_path / f"server-{next(numbers)}.log"
            return servers.enter_context(Server(database_url, log, **settings))

        yield start


@pytest.fixture(scope="module")
def server_url(server: Server) -> str:
    """The server's address."""
    return server.url


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """The database that the tests of a file share."""
    database = Database.at(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def cast(database: Database) -> Cast:
    """The cast, in that database."""
    with database.app.app_context():
        return create_cast()


@pytest.fixture
def read(request: pytest.FixtureRequest) -> Iterator[Read]:
    """Return a function that connects a reader and waits for its join; closes all at the end."""
    readers: list[Reader] = []

    def make(person: Person, conversation: str, url: str = "", **options: float) -> Reader:
        reader = Reader(person.token, conversation, **options)
        readers.append(reader)
        reader.connect(url or request.getfixturevalue("server").url)
        eventually(lambda: reader.has_joined)
        return reader

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def eve(server_url: str, cast: Cast) -> Iterator[Client]:
    """A client of Eve, who is not a member of any conversation."""
    with Client().open(server_url, cast.eve.token) as client:
        yield client
