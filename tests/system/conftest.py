"""What the tests through real processes share: one server a module, and readers that leave."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cast import Cast, Person, appear
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.waiting import eventually

Read = Callable[..., Reader]


@pytest.fixture(scope="module")
def server(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process that all tests of a module share; it must end without a traceback."""
    folder = tmp_path_factory.mktemp("server")
    path = shutil.copy(blank_database, folder / "midstream.sqlite3")
    server = Server(f"sqlite:///{path}", folder / "server.log").start()
    yield server
    server.close()
    assert "Traceback" not in server.output


@pytest.fixture(scope="module")
def server_url(server: Server) -> str:
    """Where the server is."""
    return server.url


@pytest.fixture(scope="module")
def records(server: Server) -> Records:
    """The server's database."""
    return Records.at(server.database_url)


@pytest.fixture(scope="module")
def cast(records: Records) -> Cast:
    """Everybody, in the server's database."""
    with records.app.app_context():
        return appear()


@pytest.fixture
def read(server: Server) -> Iterator[Read]:
    """Make readers that have joined, whether they were let in or not; they leave in the end."""
    readers: list[Reader] = []

    def make(person: Person, conversation: str, url: str = server.url, **options: float) -> Reader:
        reader = Reader(person.token, conversation, **options)
        readers.append(reader)
        reader.connect(url)
        eventually(lambda: reader.acks)
        return reader

    yield make
    for reader in readers:
        reader.close()
