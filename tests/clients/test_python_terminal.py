"""The Python command `midstream` on a terminal."""

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
LONG = "Why? /think 0 /tokens 4000 /rate 30"  # streams until it is stopped


class Terminal:
    """A command on a terminal of its own; `output` is everything that it has printed."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.output = ""
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

    def wait_for(self, text: str) -> None:
        """Wait until it has printed this."""
        eventually(lambda: text in self.output, END_SECONDS, f"no {text!r} in {self.output!r}")

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        code = self._process.wait(END_SECONDS)
        self._thread.join()
        return code

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        os.close(self._ours)

    def _collect(self) -> None:
        with suppress(OSError):  # closed by the command
            while piece := os.read(self._ours, 65536):
                self.output += piece.decode(errors="ignore").replace("\r\n", "\n")


@pytest.fixture
def terminal(server: Server, cast: Cast, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Run the command as Olive on a terminal, with a configuration folder of its own."""
    access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
    folder = {"XDG_CONFIG_HOME": str(tmp_path)}
    with ExitStack() as stack:

        def run(*arguments: str, **environment: str) -> Terminal:
            settings = folder | access | environment
            return stack.enter_context(closing(Terminal(*arguments, **settings)))

        yield run


def test_it_shows_that_it_waits_and_that_the_connection_is_lost(
    terminal: Callable[..., Terminal],
    proxy: Proxy,
    cast: Cast,
    database: Database,
    read: Callable[..., Reader],
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    asks = terminal("ask", where, LONG, MIDSTREAM_URL=proxy.url)
    asks.wait_for("Waiting for the answer …")
    asks.wait_for("demo")
    proxy.cut()
    asks.wait_for("The connection is gone; trying again …")
    proxy.restore()
    [answer] = olive.log.streaming
    assert olive.ask("stop", {"id": answer.id})["ok"]
    asks.wait_for("(stopped)")
    assert asks.wait() == 1


def test_it_has_colours_unless_no_color_is_set(
    terminal: Callable[..., Terminal], cast: Cast, database: Database
) -> None:
    for settings, is_red in [({}, True), ({"NO_COLOR": "1"}, False)]:
        asks = terminal("ask", database.conversation(cast.olive), FAILS, **settings)
        assert asks.wait() == 1
        assert (RED in asks.output) is is_red


def test_a_typed_token_is_not_shown(
    terminal: Callable[..., Terminal], server: Server, cast: Cast
) -> None:
    logs_in = terminal("login", server.url, MIDSTREAM_TOKEN="")
    logs_in.wait_for("API token: ")
    logs_in.type(cast.olive.token)
    assert logs_in.wait() == 0
    assert cast.olive.token not in logs_in.output
    assert f"Signed in at {server.url}." in logs_in.output


def test_list_prints_a_table_with_headings(
    terminal: Callable[..., Terminal], cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive, title="Tides and moons")
    lists = terminal("list", NO_COLOR="1", TERM="dumb", COLUMNS="120")
    assert lists.wait() == 0
    heading, *rows = lists.output.splitlines()
    assert heading.split() == ["conversation", "title", "latest"]
    assert any(row.split()[:4] == [where, "Tides", "and", "moons"] for row in rows)
