"""All the readers reconnect to a real server in the middle of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import pytest

from tests.clients.command import Command
from tests.clients.readers import EVERY, Readers
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.slow]

LONG = "Why? /think 0 /tokens 4000 /rate 30"  # streams until it is stopped
SHORT = "And then? /think 0 /tokens 5 /rate 0"
SOME, MORE = 100, 60  # characters
STOPPED = "Stopped by Olive.\n"


@dataclass
class Followed:
    """A command that has asked, and Olive, who reads the same conversation without the proxy."""

    command: Command
    olive: Reader
    answer: str = ""

    def begin(self) -> None:
        """Wait until the command has printed something."""
        self.command.wait_for_output(SOME)
        [self.answer] = [message.id for message in self.olive.log.streaming]

    def wait_until_reconnected(self) -> None:
        """Wait until the command has printed more."""
        self.command.wait_for_output(len(self.command.output) + MORE)

    def stop(self) -> None:
        """Stop the answer, which must be streaming."""
        assert self.olive.message(self.answer).status == "streaming"
        assert self.olive.ask("stop", {"id": self.answer})["ok"]


@pytest.fixture
def followed(
    proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]
) -> Iterator[dict[str, Followed]]:
    """All of the readers; each has asked a question and prints a long answer."""
    with closing(Readers(proxy.url)) as readers:
        followed = {}
        for name in EVERY:
            conversation = database.conversation(cast.olive, cast.max)
            command = readers.start(name, conversation, LONG, token=cast.max.token)
            followed[name] = Followed(command, read(cast.olive, conversation))
        for each in followed.values():
            each.begin()
        yield followed


def assert_whole(followed: dict[str, Followed], database: Database) -> None:
    """Stop the answers; each command must have printed the whole text of its own, once."""
    for each in followed.values():
        each.wait_until_reconnected()
        each.stop()
    for name, each in followed.items():
        eventually(lambda each=each: database.message(each.answer).status == "stopped")
        said = f"{'midstream' if name == 'Python' else 'midstream-reader'}: {STOPPED}"
        ended = (each.command.wait(), each.command.output, each.command.errors)
        assert ended == (1, f"{database.message(each.answer).content}\n", said), name


def test_they_print_nothing_twice_after_a_reload(
    followed: dict[str, Followed], proxy: Proxy, database: Database
) -> None:
    waiting = {name: each.olive.send(SHORT)["id"] for name, each in followed.items()}
    proxy.cut()
    for name, each in followed.items():
        edit = {"id": waiting[name], "content": f"{SHORT}, in other words"}
        assert each.olive.ask("edit", edit)["ok"], "it must cause a reload"
    proxy.restore()
    assert_whole(followed, database)


def test_they_reconnect_when_the_connection_is_silent(
    followed: dict[str, Followed], proxy: Proxy, database: Database
) -> None:
    accepted = proxy.accepted
    proxy.half_open()
    assert_whole(followed, database)
    assert proxy.accepted >= accepted + len(EVERY)


def test_they_do_not_ask_again_when_the_question_was_edited_meanwhile(
    proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]
) -> None:
    conversations = {name: database.conversation(cast.olive, cast.max) for name in EVERY}
    for conversation in conversations.values():
        read(cast.olive, conversation).send(LONG)
    with closing(Readers(proxy.url)) as readers:
        start = partial(readers.start, token=cast.max.token)
        commands = {
            name: start(name, conversation, SHORT) for name, conversation in conversations.items()
        }
        for conversation in conversations.values():
            eventually(lambda each=conversation: len(database.messages(each)) == 3)
        proxy.cut()
        for conversation in conversations.values():
            edit = {"id": database.messages(conversation)[2].id, "content": "In other words?"}
            assert read(cast.max, conversation).ask("edit", edit)["ok"]
        proxy.restore()
        ended = {name: (command.wait(), command.output) for name, command in commands.items()}
    assert ended == dict.fromkeys(EVERY, (1, ""))
    for conversation in conversations.values():
        stored = [message.content for message in database.messages(conversation)]
        assert stored[2:] == ["In other words?"]
