"""What the tests through real processes share: one server a module, and readers that leave."""

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
    """A folder of the module's own."""
    return tmp_path_factory.mktemp("system")


@pytest.fixture(scope="module")
def database_url(blank_database: Path, folder: Path) -> str:
    """The address of a database that all tests of a module share."""
    path = shutil.copy(blank_database, folder / "midstream.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Environment variables of the server; a module may have its own."""
    return {}


@pytest.fixture(scope="module")
def server(database_url: str, folder: Path, settings: dict[str, str]) -> Iterator[Server]:
    """A server process that all tests of a module share; it must end without a traceback."""
    with Server(database_url, folder / "server.log", **settings) as server:
        yield server


@pytest.fixture
def start_server(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start processes on the module's database, with settings of their own."""
    with ExitStack() as servers:
        numbers = count(1)

        def start(**settings: str) -> Server:
            log = tmp_path / f"server-{next(numbers)}.log"
            return servers.enter_context(Server(database_url, log, **settings))

        yield start


@pytest.fixture(scope="module")
def server_url(server: Server) -> str:
    """Where the server is."""
    return server.url


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """The module's database."""
    database = Database.at(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def cast(database: Database) -> Cast:
    """Everybody, in the module's database."""
    with database.app.app_context():
        return create_cast()


@pytest.fixture
def read(request: pytest.FixtureRequest) -> Iterator[Read]:
    """Make readers that have joined, whether they were let in or not; they leave in the end."""
    readers: list[Reader] = []

    def make(person: Person, conversation: str, url: str = "", **options: float) -> Reader:
        reader = Reader(person.token, conversation, **options)
        readers.append(reader)
        reader.connect(url or request.getfixturevalue("server").url)
        eventually(lambda: reader.acks)
        return reader

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def eve(server_url: str, cast: Cast) -> Iterator[Client]:
    """A client of Eve's, who is in no conversation."""
    with Client().open(server_url, cast.eve.token) as client:
        yield client
