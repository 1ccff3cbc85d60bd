"""All the readers, on a real server, come back to an answer of which they have printed a part."""

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

LONG = "Why? /think 0 /tokens 4000 /rate 30"  # until somebody stops it
SHORT = "And then? /think 0 /tokens 5 /rate 0"
SOME, MORE = 100, 60  # characters
STOPPED = "midstream-reader: The answer was stopped.\n"


@dataclass
class Following:
    """A command that has asked, and Olive, who sees the same conversation without any proxy."""

    command: Command
    olive: Reader
    answer: str = ""

    def begin(self) -> None:
        """Wait until it has printed something."""
        self.command.prints(SOME)
        [self.answer] = [message.id for message in self.olive.log.streaming]

    def prints_more(self) -> None:
        """Wait until it has come back."""
        self.command.prints(len(self.command.output) + MORE)

    def stop(self) -> None:
        """End the answer, which was not to end before that."""
        assert self.olive.message(self.answer).status == "streaming"
        assert self.olive.ask("stop", {"id": self.answer})["ok"]


@pytest.fixture
def all_following(
    proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]
) -> Iterator[dict[str, Following]]:
    """Each of the readers, which has asked for a long answer and prints it."""
    with closing(Readers(proxy.url)) as readers:
        following = {}
        for name in EVERY:
            where = database.conversation(cast.olive, cast.max)
            command = readers.start(name, where, LONG, token=cast.max.token)
            following[name] = Following(command, read(cast.olive, where))
        for each in following.values():
            each.begin()
        yield following


def ends(all_following: dict[str, Following], database: Database) -> None:
    """Have the answers end; each command must have printed its own, once and whole."""
    for each in all_following.values():
        each.prints_more()
        each.stop()
    for name, each in all_following.items():
        eventually(lambda each=each: database.message(each.answer).status == "stopped")
        said = "" if name == "Python" else STOPPED
        printed = (each.command.end(), each.command.output, each.command.complaints)
        assert printed == (1, f"{database.message(each.answer).content}\n", said), name


def test_they_print_nothing_twice_when_they_have_to_begin_anew(
    all_following: dict[str, Following], proxy: Proxy, database: Database
) -> None:
    waiting = {name: each.olive.send(SHORT)["id"] for name, each in all_following.items()}
    proxy.cut()
    for name, each in all_following.items():
        edit = {"id": waiting[name], "content": f"{SHORT}, in other words"}
        assert each.olive.ask("edit", edit)["ok"], "it must make a page reload"
    proxy.restore()
    ends(all_following, database)


def test_they_notice_that_nothing_comes_any_more(
    all_following: dict[str, Following], proxy: Proxy, database: Database
) -> None:
    accepted = proxy.accepted
    proxy.half_open()
    ends(all_following, database)
    assert proxy.accepted >= accepted + len(EVERY)


def test_they_do_not_ask_again_what_was_edited_meanwhile(
    proxy: Proxy, cast: Cast, database: Database, read: Callable[..., Reader]
) -> None:
    places = {name: database.conversation(cast.olive, cast.max) for name in EVERY}
    for where in places.values():
        read(cast.olive, where).send(LONG)
    with closing(Readers(proxy.url)) as readers:
        start = partial(readers.start, token=cast.max.token)
        commands = {name: start(name, where, SHORT) for name, where in places.items()}
        for where in places.values():
            eventually(lambda where=where: len(database.messages(where)) == 3)
        proxy.cut()
        for where in places.values():
            edit = {"id": database.messages(where)[2].id, "content": "In other words?"}
            assert read(cast.max, where).ask("edit", edit)["ok"]
        proxy.restore()
        ended = {name: (command.end(), command.output) for name, command in commands.items()}
    assert ended == dict.fromkeys(EVERY, (1, ""))
    for where in places.values():
        assert [message.content for message in database.messages(where)][2:] == ["In other words?"]
