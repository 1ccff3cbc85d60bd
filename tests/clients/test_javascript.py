"""The reader for Node, on a real server. tests/js/vectors.test.js has its rule pass the vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.clients.command import Command
from tests.clients.journey import Journey
from tests.clients.toolchains import needs
from tests.support.cast import Cast, Person
from tests.support.reader import Reader
from tests.support.records import Records
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, needs("node")]

Node = Callable[..., Command]
Read = Callable[..., Reader]


@pytest.fixture
def node(server: Server, cast: Cast) -> Iterator[Node]:
    """Run the command as somebody."""
    commands: list[Command] = []

    def run(*arguments: str, token: str = cast.olive.token, url: str = server.url) -> Command:
        words = ["node", "clients/javascript/cli.js", *arguments]
        commands.append(Command(words, MIDSTREAM_URL=url, MIDSTREAM_TOKEN=token))
        return commands[-1]

    yield run
    for command in commands:
        command.close()


@pytest.mark.slow
def test_it_joins_in_the_middle_is_cut_off_comes_back_and_ends_with_the_whole(
    node: Node, journey: Journey, cast: Cast
) -> None:
    command, answer = journey.go(
        lambda where: node(where, token=cast.max.token, url=journey.proxy.url)
    )
    assert command.end() == 0
    assert command.output == f"{answer.content}\n"


def test_it_hears_that_its_token_is_revoked(node: Node, journey: Journey) -> None:
    assert journey.revoke(lambda where, token: node(where, token=token)) == 3


def test_it_asks_and_prints_the_answer_alone(node: Node, cast: Cast, records: Records) -> None:
    where = records.conversation(cast.olive)
    asks = node(where, "Why? /think 5 /tokens 20 /rate 0")
    assert asks.end() == 0, asks.complaints
    assert asks.output == f"{records.messages(where)[-1].content}\n"
    assert asks.complaints == ""


def test_it_waits_for_its_turn(node: Node, cast: Cast, records: Records, read: Read) -> None:
    where = records.conversation(cast.olive)
    read(cast.olive, where).send("First. /think 0 /tokens 160 /rate 40")
    asks = node(where, "Second. /think 0 /tokens 20 /rate 0")
    eventually(lambda: len(records.messages(where)) == 3)
    assert records.messages(where)[1].status == "streaming", "there must be something to wait for"
    assert asks.end() == 0, asks.complaints
    assert asks.output == f"{records.messages(where)[3].content}\n"


def test_an_answer_that_fails_is_incomplete(node: Node, cast: Cast, records: Records) -> None:
    where = records.conversation(cast.olive)
    asks = node(where, "Why? /think 0 /tokens 20 /rate 0 /fail after 5")
    assert asks.end() == 1
    assert asks.output == f"{records.messages(where)[-1].content}\n"


def test_where_nothing_streams_it_goes(node: Node, cast: Cast, records: Records) -> None:
    reads = node(records.conversation(cast.olive))
    assert (reads.end(), reads.output, reads.complaints) == (0, "", "")


@pytest.mark.parametrize(("who", "code"), [("eve", 4), (None, 3)])
def test_a_refusal_has_a_code_of_its_own(
    node: Node, cast: Cast, records: Records, who: str | None, code: int
) -> None:
    person: Person | None = getattr(cast, who) if who else None
    reads = node(records.conversation(cast.olive), token=person.token if person else "wrong")
    assert reads.end() == code
    assert reads.complaints.startswith("midstream-reader: ")


def test_too_little_is_wrong_usage(node: Node) -> None:
    assert node().end() == 2
