"""The scenario for every client: join in the middle of an answer, lose the connection, reconnect,
and end with the whole text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.models import ApiToken, User
from tests.clients.command import Command
from tests.support.cast import Cast, Person
from tests.support.database import Database, Stored
from tests.support.proxy import Proxy
from tests.support.reader import Reader
from tests.support.waiting import eventually

Start = Callable[[str], Command]  # gets a conversation

QUESTION = "Why? /think 40 /tokens 4000 /rate 50"  # streams until it is stopped
BEFORE, WHILE_CUT = 200, 200  # characters


@dataclass(frozen=True)
class ReconnectScenario:
    """Runs commands, which Max starts on a conversation of Olive's."""

    proxy: Proxy
    cast: Cast
    database: Database
    read: Callable[..., Reader]

    def run_together(self, starts: Sequence[Start]) -> tuple[list[Command], Stored]:
        """Run several commands at the same time, until the end of the same answer."""
        conversation = self.database.conversation(self.cast.olive, self.cast.max)
        olive = self.read(self.cast.olive, conversation)
        reply = olive.send(QUESTION)["reply"]
        eventually(lambda: len(olive.message(reply).content) > BEFORE)
        commands = [start(conversation) for start in starts]
        for command in commands:
            command.wait_for_output(len(QUESTION) + BEFORE)
        self._cut(olive, reply)
        for command in commands:
            command.wait_for_output(len(command.output) + BEFORE)
        assert olive.ask("stop", {"id": reply})["ok"], "it must reconnect while the answer streams"
        for command in commands:
            command.wait()
        assert self.proxy.accepted >= 2 * len(commands), "a command has not reconnected"
        return commands, self.database.message(reply)

    def revoke(self, *starts: Callable[[str, str], Command]) -> list[int]:
        """Start commands on a conversation with a token, and revoke it in the middle of an answer;
        return their exit codes."""
        conversation = self.database.conversation(self.cast.olive, self.cast.max)
        reply = self.read(self.cast.olive, conversation).send(QUESTION)["reply"]
        token = self.database.write(lambda: ApiToken.create(_user(self.cast.max), reply))
        commands = [start(conversation, token) for start in starts]
        for command in commands:
            command.wait_for_output(len(QUESTION) + BEFORE)
        self.database.write(lambda: _revoke(token))
        return [command.wait() for command in commands]

    def _cut(self, olive: Reader, reply: str) -> None:
        self.proxy.cut()
        length = len(olive.message(reply).content)
        eventually(lambda: len(olive.message(reply).content) > length + WHILE_CUT)
        self.proxy.restore()


def _user(person: Person) -> User:
    user = User.by_email(person.email)
    assert user is not None
    return user


def _revoke(token: str) -> None:
    found = ApiToken.by_token(token)
    assert found is not None
    found.revoke()
