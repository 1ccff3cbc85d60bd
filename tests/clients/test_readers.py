"""All the readers on a real server.

Those with a toolchain on this machine run at the same time, which takes no longer than one of them.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import pytest

from tests.clients.command import END_SECONDS, ROOT, Command
from tests.clients.readers import EVERY, PRESENT, Readers, words
from tests.clients.reconnect_scenario import QUESTION, ReconnectScenario
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

Read = Callable[..., Reader]
LONG = "First. /think 0 /tokens 4000 /rate 30"  # streams until it is stopped
ENDLESS = "Why? /think 0 /tokens 4000 /rate 100"  # streams until it is stopped
NO_ADDRESSES = ("127.0.0.1:5000", "http:///", "http:///chat", "http://:80", "http://[::1")


@pytest.fixture
def readers(server: Server) -> Iterator[Readers]:
    """The commands; they are killed after the test."""
    readers = Readers(server.url)
    yield readers
    readers.close()


@pytest.fixture
def conversations(cast: Cast, database: Database) -> dict[str, str]:
    """A conversation for each of them."""
    return {name: database.conversation(cast.olive) for name in EVERY}


@pytest.fixture
def ask(
    readers: Readers, cast: Cast, conversations: dict[str, str]
) -> Callable[..., dict[str, Command]]:
    """Let each of them ask, or read, as Olive."""

    def ask(*question: str) -> dict[str, Command]:
        token = cast.olive.token
        return {
            name: readers.start(name, conversations[name], *question, token=token) for name in EVERY
        }

    return ask


@pytest.mark.slow
def test_they_join_mid_answer_reconnect_and_print_the_whole_text(
    readers: Readers, reconnect_scenario: ReconnectScenario, cast: Cast
) -> None:
    start = partial(readers.start, token=cast.max.token, url=reconnect_scenario.proxy.url)
    commands, answer = reconnect_scenario.run_together([partial(start, name) for name in EVERY])
    expected = dict.fromkeys(EVERY, (1, f"{answer.content}\n", "Stopped by Olive.\n"))
    expected["Python"] = (1, f"{QUESTION}\n{answer.content}\n", "Stopped by Olive.\n")
    assert ends(commands) == expected


def test_they_end_when_the_answer_was_removed_while_they_were_away(
    readers: Readers,
    reconnect_scenario: ReconnectScenario,
    cast: Cast,
    database: Database,
    read: Read,
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(LONG)["reply"]
    commands = [
        readers.start(name, where, token=cast.olive.token, url=reconnect_scenario.proxy.url)
        for name in PRESENT
    ]
    for command in commands:
        command.wait_for_output(10)
    reconnect_scenario.proxy.cut()
    assert olive.ask("stop", {"id": reply})["ok"]
    eventually(lambda: database.message(reply).status == "stopped")
    assert olive.ask("retry", {"id": reply})["ok"]
    reconnect_scenario.proxy.restore()
    ended = {name: (code, errors) for name, (code, _, errors) in ends(commands, PRESENT).items()}
    assert ended == dict.fromkeys(PRESENT, (1, "The answer was removed.\n"))


def test_they_end_when_their_token_is_revoked(
    readers: Readers, reconnect_scenario: ReconnectScenario
) -> None:
    def start(name: str, where: str, token: str) -> Command:
        return readers.start(name, where, token=token)

    codes = reconnect_scenario.revoke(*(partial(start, name) for name in EVERY))
    assert dict(zip(EVERY, codes, strict=True)) == dict.fromkeys(EVERY, 3)


def test_asking_prints_only_the_answer(
    ask: Callable[..., dict[str, Command]], conversations: dict[str, str], database: Database
) -> None:
    asked = ends(ask("Why? /think 5 /tokens 20 /rate 0").values())
    answers = {name: database.messages(conversations[name])[-1].content for name in EVERY}
    assert asked == {name: (0, f"{answers[name]}\n", "") for name in EVERY}


def test_asking_waits_while_another_answer_streams(
    ask: Callable[..., dict[str, Command]],
    conversations: dict[str, str],
    cast: Cast,
    database: Database,
    read: Read,
) -> None:
    olives = {name: read(cast.olive, where) for name, where in conversations.items()}
    firsts = {name: olive.send(LONG)["reply"] for name, olive in olives.items()}
    commands = ask("Second. /think 0 /tokens 20 /rate 0")
    for name, where in conversations.items():
        eventually(lambda where=where: len(database.messages(where)) == 3)
        assert olives[name].ask("stop", {"id": firsts[name]})["ok"], "it must have had to wait"
    asked = ends(commands.values())
    answers = {name: database.messages(conversations[name])[3].content for name in EVERY}
    assert asked == {name: (0, f"{answers[name]}\n", "") for name in EVERY}


def test_they_end_with_incomplete_when_the_answer_fails(
    ask: Callable[..., dict[str, Command]], conversations: dict[str, str], database: Database
) -> None:
    asked = ends(ask("Why? /think 0 /tokens 20 /rate 0 /fail after 5").values())
    answers = {name: database.messages(conversations[name])[-1] for name in EVERY}
    expected = {
        name: (1, f"{answers[name].content}\n", f"{answers[name].error}\n") for name in EVERY
    }
    expected["Python"] = (1, f"{answers['Python'].content}\n", "")
    assert asked == expected


def test_they_end_when_nothing_streams(ask: Callable[..., dict[str, Command]]) -> None:
    assert ends(ask().values()) == dict.fromkeys(EVERY, (0, "", ""))


@pytest.mark.parametrize(("who", "code"), [("eve", 4), (None, 3)])
def test_each_refusal_has_an_exit_code(
    readers: Readers, cast: Cast, conversations: dict[str, str], who: str | None, code: int
) -> None:
    token = getattr(cast, who).token if who else "wrong"
    commands = [readers.start(name, conversations[name], token=token) for name in EVERY]
    for name, (exit_code, output, errors) in ends(commands).items():
        assert (name, exit_code, output) == (name, code, "")
        assert errors.count("\n") == 1, errors


def ends(
    commands: Iterable[Command], names: Sequence[str] = EVERY
) -> dict[str, tuple[int, str, str]]:
    """Return the exit code, output and errors of each of them, without the program's name."""
    ended = [
        (command.wait(), command.output, re.sub(r"^midstream(-reader)?: ", "", command.errors))
        for command in commands
    ]
    return dict(zip(names, ended, strict=True))


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        *((url, 2, "begins with http:// or https://.\n") for url in NO_ADDRESSES),
        ("http://127.0.0.1:1", 5, "The server can't be reached.\n"),
    ],
)
def test_an_address_without_a_server_is_reported(
    readers: Readers, url: str, code: int, message: str
) -> None:
    commands = {name: readers.start(name, "c", token="t", url=url) for name in EVERY}
    for name, command in commands.items():
        assert (name, command.wait(), command.output) == (name, code, "")
        assert command.errors.count("\n") == 1, command.errors
        assert command.errors.endswith(message)


def test_they_end_when_their_output_is_closed(
    server: Server, database: Database, cast: Cast, read: Callable[..., Reader]
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(ENDLESS)["reply"]
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
    assert olive.message(reply).status == "streaming", "they must have ended before the answer"
    assert olive.ask("stop", {"id": reply})["ok"]
