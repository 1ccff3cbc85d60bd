"""A conversation that tests talk in: questions are answered at once, edited, retried and chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Conversation, Message, Status, questions
from app.models.questions import Change, Question
from app.providers import Text
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


class Talk:
    """A conversation in which questions are answered at once, edited, retried and chosen."""

    def __init__(self, harness: Harness, cast: Cast, conversation: str) -> None:
        self.harness = harness
        self.olive, self.max = cast.olive, cast.max
        self.user_id = harness.user(cast.olive)
        self.conversation = conversation

    def ask(self, content: str, reply: str | None = "Yes.", person: Person | None = None) -> None:
        """Ask; `reply` None: the answer has not ended."""
        answer = self.harness.begin(self.conversation, person or self.olive, content)
        if reply is not None:
            self._finish(answer, reply)

    def edit(self, content: str, new: str, reply: str | None = "Yes.") -> None:
        """Edit the question that is shown with this content."""
        question = Question(self.user_id, new, "<p></p>")
        begun = self._change(lambda here: questions.edit(here, self.id_of(content), question))
        if begun is not None and reply is not None:
            self._finish(self.harness.prepare(begun), reply)

    def retry(self, reply: str | None = "Yes.", model: str | None = None) -> None:
        """Retry the last answer."""
        shown = self.harness.database.messages(self.conversation)
        last = [message.id for message in shown if message.role == "assistant"][-1]
        begun = self._change(lambda here: questions.retry(here, last, self.user_id, model))
        assert begun is not None
        answer = self.harness.prepare(begun)
        if reply is not None:
            self._finish(answer, reply)

    def choose(self, content: str, version: int) -> None:
        """Choose a version of the message that is shown with this content."""
        public_id = self.id_of(content)
        self._change(lambda here: questions.choose(here, public_id, self.user_id, version))

    def find(self, content: str) -> None:
        """Choose a message that is not shown."""
        public_id = self.harness.database.read(lambda: self._hidden(content))
        self._change(lambda here: questions.choose(here, public_id, self.user_id))

    def id_of(self, content: str) -> str:
        """Return the id of the last message that is shown with this content."""
        shown = self.harness.database.messages(self.conversation)
        return [message.id for message in shown if message.content == content][-1]

    @property
    def shown(self) -> list[str]:
        """The contents of what is shown."""
        return [message.content for message in self.harness.database.messages(self.conversation)]

    @property
    def numbers(self) -> list[str]:
        """Which version of how many each message is."""
        return self.harness.database.read(lambda: [f"{m.version}/{m.versions}" for m in self._rows])

    @property
    def _rows(self) -> list[Message]:
        found = Message.of(self._row()).order_by(Message.position)
        return list(db.session.scalars(found))

    def _hidden(self, content: str) -> str:
        found = select(Message.public_id).where(Message.content == content, ~Message.is_shown())
        return db.session.scalars(found).one()

    def _row(self) -> Conversation:
        return db.session.get_one(Conversation, self.harness.key(self.conversation))

    def _change(self, work: Callable[[Conversation], Change]) -> int | None:
        key = self.harness.key(self.conversation)

        def change() -> int | None:
            begun = work(db.session.get_one(Conversation, key)).begun
            return begun.id if begun else None

        return self.harness.database.write(change)

    def _finish(self, answer: Any, reply: str) -> None:
        answer.add(Text(reply))
        answer.end(Status.COMPLETE)
        self.harness.flush()
