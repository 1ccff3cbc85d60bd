"""The command `midstream` on a terminal, as people see it."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.clients.command import END_SECONDS, ROOT
from tests.clients.readers import PYTHON
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

RED = "\x1b[31m"
FAILS = "Why? /think 0 /tokens 20 /rate 0 /fail after 5"
LONG = "Why? /think 0 /tokens 4000 /rate 30"  # until somebody stops it


class Terminal:
    """A command with a terminal of its own; `shown` is all that it was ever sent."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.shown = ""
        self._process = subprocess.Popen(
            [*PYTHON, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": "clients/python", "TERM": "xterm"} | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self._thread = threading.Thread(target=self._collect)
        self._thread.start()

    def shows(self, text: str) -> None:
        """Wait until it has shown this."""
        eventually(lambda: text in self.shown, END_SECONDS, f"no {text!r} in {self.shown!r}")

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())

    def end(self) -> int:
        """Wait until it has ended and return its exit code."""
        code = self._process.wait(END_SECONDS)
        self._thread.join()
        return code

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        os.close(self._ours)

    def _collect(self) -> None:
        with suppress(OSError):  # nobody has it open any more
            while piece := os.read(self._ours, 65536):
                self.shown += piece.decode(errors="ignore").replace("\r\n", "\n")


@pytest.fixture
def terminal(server: Server, cast: Cast, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Run the command as Olive on a terminal, in a home of the test's own."""
    access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    with ExitStack() as stack:

        def run(*arguments: str, **environment: str) -> Terminal:
            settings = home | access | environment
            return stack.enter_context(closing(Terminal(*arguments, **settings)))

        yield run


def test_it_says_that_it_waits_and_that_the_connection_is_gone(
    terminal: Callable[..., Terminal],
    proxy: Proxy,
    cast: Cast,
    database: Database,
    read: Callable[..., Reader],
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    asks = terminal("ask", where, LONG, MIDSTREAM_URL=proxy.url)
    asks.shows("Waiting for the answer …")
    asks.shows("demo")
    proxy.cut()
    asks.shows("The connection is gone; trying again …")
    proxy.restore()
    [answer] = olive.log.streaming
    assert olive.ask("stop", {"id": answer.id})["ok"]
    asks.shows("(stopped)")
    assert asks.end() == 1


def test_it_has_colours_unless_they_are_not_wanted(
    terminal: Callable[..., Terminal], cast: Cast, database: Database
) -> None:
    for settings, is_red in [({}, True), ({"NO_COLOR": "1"}, False)]:
        asks = terminal("ask", database.conversation(cast.olive), FAILS, **settings)
        assert asks.end() == 1
        assert (RED in asks.shown) is is_red


def test_a_token_is_not_shown_when_it_is_typed(
    terminal: Callable[..., Terminal], server: Server, cast: Cast
) -> None:
    logs_in = terminal("login", server.url, MIDSTREAM_TOKEN="")
    logs_in.shows("API token: ")
    logs_in.type(cast.olive.token)
    assert logs_in.end() == 0
    assert cast.olive.token not in logs_in.shown
    assert f"Signed in at {server.url}." in logs_in.shown


def test_conversations_are_listed_below_headings(
    terminal: Callable[..., Terminal], cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive, title="Tides and moons")
    lists = terminal("list", NO_COLOR="1", TERM="dumb", COLUMNS="120")
    assert lists.end() == 0
    heading, *rows = lists.shown.splitlines()
    assert heading.split() == ["conversation", "title", "latest"]
    assert any(row.split()[:4] == [where, "Tides", "and", "moons"] for row in rows)
