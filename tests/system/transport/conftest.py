"""Fixtures for attacks on the transport: servers in both async modes, and their memory."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server

Memory = Callable[[], int]
KEPT = 3  # an attack's bytes by this: each thread's allocator keeps what a part of them took

SETTINGS = {
    "SIGN_IN_SECONDS": "1.5",
    "SILENCE_SECONDS": "2",
    "LIMIT_EVENTS": "off",  # the transport must resist without it
    "LIMIT_JOIN": "off",
}

Start = Callable[..., Server]


@pytest.fixture(scope="package")
def start(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers with short deadlines, each with its own database and settings.

    No attack may leave a traceback in their logs.
    """
    folder = tmp_path_factory.mktemp("transport")
    servers: list[Server] = []
    with ExitStack() as stack:

        def start(**settings: str) -> Server:
            path = shutil.copy(blank_database, folder / f"{len(servers)}.sqlite3")
            log = folder / f"{len(servers)}.log"
            server = Server(f"sqlite:///{path}", log, **(SETTINGS | settings))
            servers.append(stack.enter_context(server))
            return server

        yield start
    for server in servers:
        assert "Traceback" not in server.output, server.output


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, start: Start) -> Server:
    """The server that most tests attack, in both async modes."""
    return start(ASYNC_MODE=request.param)


@pytest.fixture(scope="package")
def database(server: Server) -> Database:
    """The server's database."""
    return Database.at(server.database_url)


@pytest.fixture(scope="package")
def cast(database: Database) -> Cast:
    """The cast, in the server's database."""
    with database.app.app_context():
        return create_cast()


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def tight(request: pytest.FixtureRequest, start: Start) -> Server:
    """A server with a small backlog for each reader."""
    settings = {"BACKLOG_BYTES": "500000", "SIGN_IN_SECONDS": "10", "SILENCE_SECONDS": "60"}
    return start(ASYNC_MODE=request.param, **settings)


@pytest.fixture(scope="package")
def tight_database(tight: Server) -> Database:
    """That server's database."""
    return Database.at(tight.database_url)


@pytest.fixture(scope="package")
def tight_cast(tight_database: Database) -> Cast:
    """The cast, in that server's database."""
    with tight_database.app.app_context():
        return create_cast()


@pytest.fixture
def asker(tight: Server, tight_cast: Cast, tight_database: Database) -> Iterator[Reader]:
    """A reader of Olive's on that server, in a conversation of her own, that reads everything."""
    asker = Reader(tight_cast.olive.token, tight_database.conversation(tight_cast.olive))
    asker.connect(tight.url)
    yield asker
    asker.close()


@pytest.fixture
def memory(server: Server) -> Memory:
    """Return a function that returns how much memory the server holds, in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status")

    def resident() -> int:
        line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) * 1024

    return resident


def answer_seconds(server: Server) -> float:
    """Return how long the server takes to answer a request."""
    before = time.monotonic()
    assert requests.get(f"{server.url}/healthz", timeout=10).ok
    return time.monotonic() - before
