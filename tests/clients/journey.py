"""The way that every client has to go: in the middle, cut off, back, to the end."""

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

QUESTION = "Why? /think 40 /tokens 4000 /rate 50"  # until somebody stops it
BEFORE, MEANWHILE = 200, 200  # characters


@dataclass(frozen=True)
class Journey:
    """Takes a client's command along; give `go` what starts it as Max on a conversation."""

    proxy: Proxy
    cast: Cast
    database: Database
    read: Callable[..., Reader]

    def go(self, start: Start) -> tuple[Command, Stored]:
        """Return the command, which has ended, and what is stored of the answer."""
        [command], answer = self.go_together([start])
        return command, answer

    def go_together(self, starts: Sequence[Start]) -> tuple[list[Command], Stored]:
        """Take several along at the same time, to the end of one answer."""
        where = self.database.conversation(self.cast.olive, self.cast.max)
        olive = self.read(self.cast.olive, where)
        reply = olive.send(QUESTION)["reply"]
        eventually(lambda: len(olive.message(reply).content) > BEFORE)
        commands = [start(where) for start in starts]
        for command in commands:
            command.prints(len(QUESTION) + BEFORE)
        self._cut(olive, reply)
        for command in commands:
            command.prints(len(command.output) + BEFORE)
        assert olive.ask("stop", {"id": reply})["ok"], "it must come back in the middle"
        for command in commands:
            command.end()
        assert self.proxy.accepted >= 2 * len(commands), "one has not come back"
        return commands, self.database.message(reply)

    def revoke(self, *starts: Callable[[str, str], Command]) -> list[int]:
        """Start commands with a token on a conversation; return their exit codes, the token
        having been revoked in the middle."""
        where = self.database.conversation(self.cast.olive, self.cast.max)
        reply = self.read(self.cast.olive, where).send(QUESTION)["reply"]
        token = self.database.write(lambda: ApiToken.create(_user(self.cast.max), reply))
        commands = [start(where, token) for start in starts]
        for command in commands:
            command.prints(len(QUESTION) + BEFORE)
        self.database.write(lambda: _revoke(token))
        return [command.end() for command in commands]

    def _cut(self, olive: Reader, reply: str) -> None:
        self.proxy.cut()
        there = len(olive.message(reply).content)
        eventually(lambda: len(olive.message(reply).content) > there + MEANWHILE)
        self.proxy.restore()


def _user(person: Person) -> User:
    user = User.by_email(person.email)
    assert user is not None
    return user


def _revoke(token: str) -> None:
    found = ApiToken.by_token(token)
    assert found is not None
    found.revoke()
