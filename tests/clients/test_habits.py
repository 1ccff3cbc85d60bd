"""What all the commands have in common: how they take addresses, and end with their readers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.clients.command import END_SECONDS, ROOT
from tests.clients.readers import EVERY, Readers, words
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server

pytestmark = pytest.mark.system

LONG = "Why? /think 0 /tokens 4000 /rate 100"  # until somebody stops it
WITHOUT_SCHEME = "127.0.0.1:5000"


@pytest.fixture
def readers(server: Server) -> Iterator[Readers]:
    """The commands; they end with the test."""
    readers = Readers(server.url)
    yield readers
    readers.close()


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        (WITHOUT_SCHEME, 2, "begins with http:// or https://.\n"),
        ("http://127.0.0.1:1", 5, "The server can't be reached.\n"),
    ],
)
def test_where_there_is_no_server_they_say_so(
    readers: Readers, url: str, code: int, sentence: str
) -> None:
    commands = {name: readers.start(name, "c", token="t", url=url) for name in EVERY}
    for name, command in commands.items():
        assert (name, command.end(), command.output) == (name, code, "")
        assert command.complaints.count("\n") == 1, command.complaints
        assert command.complaints.endswith(sentence)


def test_a_slash_at_the_end_of_an_address_is_none(
    readers: Readers, server: Server, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    start = {"token": cast.olive.token, "url": f"{server.url}/"}
    commands = {name: readers.start(name, where, **start) for name in EVERY}
    ended = {name: (each.end(), each.complaints) for name, each in commands.items()}
    assert ended == dict.fromkeys(EVERY, (0, ""))


def test_they_end_where_nobody_reads_any_more(
    server: Server, database: Database, cast: Cast, read: Callable[..., Reader]
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(LONG)["reply"]
    access = {"MIDSTREAM_URL": server.url, "MIDSTREAM_TOKEN": cast.olive.token}
    environment = os.environ | access | {"PYTHONPATH": "clients/python"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [
        subprocess.Popen([*words(name), where], cwd=ROOT, env=environment, **pipes)
        for name in EVERY
    ]
    for name, process in zip(EVERY, processes, strict=True):
        assert process.stdout and process.stderr
        assert process.stdout.read(30), name
        process.stdout.close()
        assert process.wait(END_SECONDS), name
        assert process.stderr.read() == b"", name
        process.stderr.close()
    assert olive.message(reply).status == "streaming", "they must not have ended with it"
    assert olive.ask("stop", {"id": reply})["ok"]
