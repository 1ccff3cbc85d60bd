"""Fixtures of the clients' tests: a server, a network in front of it, and commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from engineio import socket as engineio_socket

from app.transport.sending import EngineIOSocket
from tests.clients.command import Command
from tests.clients.readers import EVERY, Readers
from tests.clients.reconnect_scenario import ReconnectScenario
from tests.clients.scripted import Ended, Run, Script, ScriptedServer
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
def reconnect_scenario(
    proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]
) -> ReconnectScenario:
    """Join in the middle of an answer, lose the connection, reconnect."""
    return ReconnectScenario(proxy, cast, database, read)


@pytest.fixture
def midstream(server: Server, cast: Cast, tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Run the Python command as a person, with a configuration folder of its own."""
    commands: list[Command] = []

    def run(
        *arguments: str, by: Person | None = cast.olive, url: str = server.url, stdin: str = ""
    ) -> Command:
        access = {"MIDSTREAM_URL": url, "MIDSTREAM_TOKEN": by.token} if by else {}
        environment = {"XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": "clients/python"}
        words = [sys.executable, "-m", "midstream", *arguments]
        commands.append(Command(words, stdin, **environment, **access))
        return commands[-1]

    yield run
    for command in commands:
        command.close()


@pytest.fixture
def stock_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine.IO's own socket for the scripted server: an app in this process may patch it."""
    monkeypatch.setattr(engineio_socket, "Socket", EngineIOSocket)


@pytest.fixture
def run(stock_socket: None) -> Iterator[Run]:
    """Run a script with all the readers; return how they ended and the script of each."""
    with ExitStack() as stack:

        def run(
            script: type[Script], *question: str, files: Sequence[str] = ()
        ) -> tuple[Ended, list[Script]]:
            server = stack.enter_context(closing(ScriptedServer(script)))
            readers = stack.enter_context(closing(Readers(server.url)))
            commands = {
                name: readers.start(name, "c", *question, token=name, files=files) for name in EVERY
            }
            ended = {name: _ended(command) for name, command in commands.items()}
            return ended, [server.scripts[name] for name in EVERY]

        yield run


def _ended(command: Command) -> tuple[int, str, str]:
    code = command.wait()
    errors = command.errors.replace("midstream-reader: ", "").replace("midstream: ", "")
    return code, command.output, errors
