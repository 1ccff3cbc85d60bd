"""The app in this process, whose background tasks run only when the test says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from app import replies
from app.events import lists
from app.extensions import db
from app.models import Conversation, Message, Status, User
from app.providers import Event, Text
from app.replies import Runtime, generation
from app.replies.in_flight import Answer
from app.sockets.control_events import describe
from tests.support.cast import Person
from tests.support.database import Database
from tests.support.scripted_models import ScriptedModels
from tests.support.socket import Socket

T = TypeVar("T")


class Harness:
    """Background tasks are queued until `run_later`; models answer what `script` says.

    The app's context must be pushed.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.database = Database(app)
        self.runtime: Runtime = app.extensions["runtime"]
        self.later: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        app.extensions["background"].start = self._queue
        self.script()

    def _queue(self, task: Callable[..., None], *args: Any) -> None:
        at_once = (lists.announce, lists.announce_here, lists.announce_lost, describe)
        if task in at_once:
            task(*args)  # it only reads, and emits to those who follow a list, or a conversation
        else:
            self.later.append((task, args))

    def run_later(self) -> None:
        """Run the queued tasks, and those that they queue.

        The task that would read a model's answer only hands it to the group commit.
        """
        while self.later:
            task, args = self.later.popleft()
            (generation.prepare if task is generation.generate else task)(*args)

    def script(self, *events: Event | Exception) -> ScriptedModels:
        """Have the models answer this from now on."""
        self.runtime.models = script = ScriptedModels(*events)
        return script

    def reader(self, person: Person, conversation: str | None = None) -> Socket:
        """Connect a person, joined to a conversation if one is given."""
        socket = Socket(self.app, person.token)
        if conversation:
            socket.join(conversation)
            socket.received()
        return socket

    def ask(self, conversation: str, person: Person, content: str = "And?") -> str:
        """Ask; return the id of the answer, or of the question if it has to wait."""
        ack = replies.ask(self.key(conversation), self.user(person), content, None)
        return ack.get("reply", ack["id"])

    def begin(self, conversation: str, person: Person, content: str = "And?") -> Answer:
        """Ask, and begin an answer that receives only what the test gives it."""
        reply = self.ask(conversation, person, content)
        self.later.pop()
        return self.prepare(self.message_key(reply))

    def prepare(self, message_key: int) -> Answer:
        """Begin an answer that receives only what the test gives it."""
        taken = generation.prepare(message_key)
        assert taken is not None
        return taken.answer

    def answered(self, conversation: str, person: Person, *pieces: Event) -> Answer:
        """Ask, and complete the answer with these pieces."""
        answer = self.begin(conversation, person)
        for piece in pieces:
            generation.add_event(answer, piece)
        answer.end(Status.COMPLETE)
        self.flush()
        return answer

    def say(self, answer: Answer, text: str) -> None:
        """Add a text to an answer that streams, and commit it."""
        generation.add_event(answer, Text(text))
        self.flush()

    def say_of(self, message: str, text: str) -> None:
        """Do so for the answer with this id."""
        self.say(self.runtime.group_commit.answers[self.message_key(message)], text)

    def thought_ms(self, answer: Answer) -> int | None:
        """Return an answer's stored thinking time, in milliseconds."""
        return self.database.read(lambda: _one(Message, answer.public_id).thought_ms)

    def flush(self) -> None:
        """Run one group commit."""
        self.runtime.group_commit.flush()

    def key(self, conversation: str) -> int:
        """Return a conversation's key."""
        return self.database.read(lambda: _one(Conversation, conversation).id)

    def message_key(self, message: str) -> int:
        """Return a message's key."""
        return self.database.read(lambda: _one(Message, message).id)

    def user(self, person: Person) -> int:
        """Return a person's key."""
        found = db.select(User.id).where(User.email == person.email)
        return self.database.read(lambda: db.session.scalars(found).one())


def _one(model: Any, public_id: str) -> Any:
    return db.session.scalars(db.select(model).filter_by(public_id=public_id)).one()
