"""An app in this process in which nothing happens by itself: the test says when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from app import replies
from app.extensions import db
from app.models import Conversation, Message, Status, User
from app.providers import Event
from app.replies import Runtime, generation
from app.replies.in_flight import Answer
from tests.support.cast import Person
from tests.support.database import Database
from tests.support.scripted_models import ScriptedModels
from tests.support.socket import Socket

T = TypeVar("T")


class Harness:
    """The runtime puts its background tasks aside; its models say what a script holds.

    The app's context must be pushed.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.database = Database(app)
        self.runtime: Runtime = app.extensions["runtime"]
        self.later: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        app.extensions["background"].start = self._put_aside
        self.script()

    def _put_aside(self, task: Callable[..., None], *args: Any) -> None:
        self.later.append((task, args))

    def run_later(self) -> None:
        """Run the tasks that were put aside, and those that they put aside.

        A task that would listen to a model only adds its answer to the group commit.
        """
        while self.later:
            task, args = self.later.popleft()
            (generation.prepare if task is generation.generate else task)(*args)

    def script(self, *says: Event | Exception) -> ScriptedModels:
        """Let the models say this from now on."""
        self.runtime.models = script = ScriptedModels(*says)
        return script

    def reader(self, person: Person, conversation: str | None = None) -> Socket:
        """Connect somebody, who has joined a conversation if one is given."""
        socket = Socket(self.app, person.token)
        if conversation:
            socket.join(conversation)
            socket.received()
        return socket

    def ask(self, conversation: str, person: Person, content: str = "And?") -> str:
        """Ask; return the id of the answer that begins, or of the question where none does."""
        ack = replies.ask(self.key(conversation), self.user(person), content, None)
        return ack.get("reply", ack["id"])

    def begin(self, conversation: str, person: Person, content: str = "And?") -> Answer:
        """Ask, and add the answer to the group commit; the test says what it receives."""
        taken = generation.prepare(self.ask(conversation, person, content))
        self.later.pop()
        assert taken is not None
        return taken[0]

    def answered(self, conversation: str, person: Person, *pieces: Event) -> Answer:
        """Ask, and let the answer be complete."""
        answer = self.begin(conversation, person)
        for piece in pieces:
            generation.receive(answer, piece)
        answer.end(Status.COMPLETE)
        self.flush()
        return answer

    def thought_ms(self, answer: Answer) -> int | None:
        """Return how long an answer thought, as it is stored."""
        return self.database.read(lambda: _one(Message, answer.public_id).thought_ms)

    def flush(self) -> None:
        """Commit once."""
        self.runtime.group_commit.flush()

    def key(self, conversation: str) -> int:
        """Return a conversation's key."""
        return self.database.read(lambda: _one(Conversation, conversation).id)

    def message_key(self, message: str) -> int:
        """Return a message's key."""
        return self.database.read(lambda: _one(Message, message).id)

    def user(self, person: Person) -> int:
        """Return somebody's key."""
        found = db.select(User.id).where(User.email == person.email)
        return self.database.read(lambda: db.session.scalars(found).one())


def _one(model: Any, public_id: str) -> Any:
    return db.session.scalars(db.select(model).filter_by(public_id=public_id)).one()
