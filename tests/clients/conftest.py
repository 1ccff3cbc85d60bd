"""What the tests of the clients share: a server, a network before it, and an answer on its way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from engineio import socket as engineio_socket

from app.transport.reliances import STOCK_SOCKET
from tests.clients.command import Command
from tests.clients.journey import Journey
from tests.clients.readers import EVERY, Readers
from tests.clients.scripted import Ended, Play, Scene, ScriptedServer
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.server import Server
from tests.system.conftest import (
    cast,
    database,
    database_url,
    folder,
    read,
    server,
    server_url,
    settings,
)

__all__ = ["cast", "database", "database_url", "folder", "read", "server", "server_url", "settings"]


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """A network between a client and the server."""
    proxy = Proxy(server.url)
    yield proxy
    proxy.close()


@pytest.fixture
def journey(proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]) -> Journey:
    """The way that every client has to go."""
    return Journey(proxy, cast, database, read)


@pytest.fixture
def midstream(server: Server, cast: Cast, tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Run the command as somebody, in a home of the test's own."""
    commands: list[Command] = []

    def run(
        *arguments: str, by: Person | None = cast.olive, url: str = server.url, stdin: str = ""
    ) -> Command:
        access = {"MIDSTREAM_URL": url, "MIDSTREAM_TOKEN": by.token} if by else {}
        home = {"XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": "clients/python"}
        words = [sys.executable, "-m", "midstream", *arguments]
        commands.append(Command(words, stdin, **home, **access))
        return commands[-1]

    yield run
    for command in commands:
        command.close()


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted server has no guards; an app in this process may have put them there."""
    monkeypatch.setattr(engineio_socket, "Socket", STOCK_SOCKET)


@pytest.fixture
def play(unguarded: None) -> Iterator[Play]:
    """Play a scene to all the readers; return how they ended and what they have asked for."""
    with ExitStack() as stack:

        def play(scene: type[Scene], *asks: str) -> tuple[Ended, list[Scene]]:
            server = stack.enter_context(closing(ScriptedServer(scene)))
            readers = stack.enter_context(closing(Readers(server.url)))
            commands = {name: readers.start(name, "c", *asks, token=name) for name in EVERY}
            ended = {name: _end(command) for name, command in commands.items()}
            return ended, [server.scenes[name] for name in EVERY]

        yield play


def _end(command: Command) -> tuple[int, str, str]:
    code = command.end()
    said = command.complaints.replace("midstream-reader: ", "").replace("midstream: ", "")
    return code, command.output, said
