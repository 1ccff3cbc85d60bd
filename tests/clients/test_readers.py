"""The readers in `clients/`, all that there are a toolchain for, on a real server.

They run at the same time, so that many of them take no longer than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.clients.command import Command
from tests.clients.journey import Journey
from tests.clients.readers import PRESENT, Readers
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

Read = Callable[..., Reader]

LONG = "First. /think 0 /tokens 4000 /rate 30"  # until somebody stops it
STOPPED = "midstream-reader: The answer was stopped.\n"


@pytest.fixture
def readers(server: Server) -> Iterator[Readers]:
    """The commands; they end with the test."""
    readers = Readers(server.url)
    yield readers
    readers.close()


@pytest.fixture
def places(cast: Cast, database: Database) -> dict[str, str]:
    """A conversation for each of them."""
    return {name: database.conversation(cast.olive) for name in PRESENT}


@pytest.fixture
def ask(readers: Readers, cast: Cast, places: dict[str, str]) -> Callable[..., dict[str, Command]]:
    """Have each of them ask, or read, as Olive."""

    def ask(*question: str) -> dict[str, Command]:
        token = cast.olive.token
        return {name: readers.start(name, places[name], *question, token=token) for name in PRESENT}

    return ask


@pytest.mark.slow
def test_they_join_in_the_middle_are_cut_off_come_back_and_end_with_the_whole(
    readers: Readers, journey: Journey, cast: Cast
) -> None:
    start = partial(readers.start, token=cast.max.token, url=journey.proxy.url)
    commands, answer = journey.go_together([partial(start, name) for name in PRESENT])
    assert ends(commands) == dict.fromkeys(PRESENT, (1, f"{answer.content}\n", STOPPED))


def test_they_hear_that_what_they_follow_was_removed_meanwhile(
    readers: Readers, journey: Journey, cast: Cast, database: Database, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(LONG)["reply"]
    commands = [
        readers.start(name, where, token=cast.olive.token, url=journey.proxy.url)
        for name in PRESENT
    ]
    for command in commands:
        command.prints(10)
    journey.proxy.cut()
    assert olive.ask("stop", {"id": reply})["ok"]
    eventually(lambda: database.message(reply).status == "stopped")
    assert olive.ask("retry", {"id": reply})["ok"]
    journey.proxy.restore()
    told = {name: (code, said) for name, (code, _, said) in ends(commands).items()}
    assert told == dict.fromkeys(PRESENT, (1, "midstream-reader: The answer was removed.\n"))


def test_they_hear_that_their_token_is_revoked(readers: Readers, journey: Journey) -> None:
    def start(name: str, where: str, token: str) -> Command:
        return readers.start(name, where, token=token)

    codes = journey.revoke(*(partial(start, name) for name in PRESENT))
    assert dict(zip(PRESENT, codes, strict=True)) == dict.fromkeys(PRESENT, 3)


def test_they_ask_and_print_the_answer_alone(
    ask: Callable[..., dict[str, Command]], places: dict[str, str], database: Database
) -> None:
    asked = ends(ask("Why? /think 5 /tokens 20 /rate 0").values())
    answers = {name: database.messages(places[name])[-1].content for name in PRESENT}
    assert asked == {name: (0, f"{answers[name]}\n", "") for name in PRESENT}


def test_they_wait_for_their_turn(
    ask: Callable[..., dict[str, Command]],
    places: dict[str, str],
    cast: Cast,
    database: Database,
    read: Read,
) -> None:
    olives = {name: read(cast.olive, where) for name, where in places.items()}
    firsts = {name: olive.send(LONG)["reply"] for name, olive in olives.items()}
    commands = ask("Second. /think 0 /tokens 20 /rate 0")
    for name, where in places.items():
        eventually(lambda where=where: len(database.messages(where)) == 3)
        assert olives[name].ask("stop", {"id": firsts[name]})["ok"], "it must have had to wait"
    asked = ends(commands.values())
    answers = {name: database.messages(places[name])[3].content for name in PRESENT}
    assert asked == {name: (0, f"{answers[name]}\n", "") for name in PRESENT}


def test_an_answer_that_fails_is_incomplete(
    ask: Callable[..., dict[str, Command]], places: dict[str, str], database: Database
) -> None:
    asked = ends(ask("Why? /think 0 /tokens 20 /rate 0 /fail after 5").values())
    answers = {name: database.messages(places[name])[-1] for name in PRESENT}
    assert asked == {
        name: (1, f"{answers[name].content}\n", f"midstream-reader: {answers[name].error}\n")
        for name in PRESENT
    }


def test_where_nothing_streams_they_go(ask: Callable[..., dict[str, Command]]) -> None:
    assert ends(ask().values()) == dict.fromkeys(PRESENT, (0, "", ""))


@pytest.mark.parametrize(("who", "code"), [("eve", 4), (None, 3)])
def test_a_refusal_has_a_code_of_its_own(
    readers: Readers, cast: Cast, places: dict[str, str], who: str | None, code: int
) -> None:
    token = getattr(cast, who).token if who else "wrong"
    commands = [readers.start(name, places[name], token=token) for name in PRESENT]
    for name, (exit_code, output, complaint) in ends(commands).items():
        assert (name, exit_code, output) == (name, code, "")
        assert complaint.startswith("midstream-reader: ")


def ends(commands: Iterator[Command] | list[Command]) -> dict[str, tuple[int, str, str]]:
    """Return how each of them ended, and what it printed and complained of."""
    said = [(command.end(), command.output, command.complaints) for command in commands]
    return dict(zip(PRESENT, said, strict=True))
