"""Questions and answers of the real server: the app's tasks, run by the state machine."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement

from app import replies
from app.database import read
from app.errors import Conflict
from app.extensions import db
from app.models import Message, Role, Status
from app.providers import Text, Thinking
from app.replies import generation
from app.replies.in_flight import Answer
from tests.proof.real_conversation import RealConversation


class RealAnswers(RealConversation):
    """Each answer is written by the process that received its question."""

    def ask(self, process: int) -> None:
        """Ask through a process."""
        self.as_process(process)
        with self.app.app_context():
            replies.ask(self.key, self.user_id, "And then?", None)

    def retry(self, process: int) -> None:
        """Retry the last answer through a process, if that is allowed."""
        self.as_process(process)
        with self.app.app_context():
            last = read(lambda: _id_of(Message.last_in(self.row(), Role.ASSISTANT)))
            if last:
                _unless_conflict(lambda: replies.retry(self.key, last, self.user_id))

    def edit(self, process: int, which: int) -> None:
        """Edit a question, counted from the last, through a process."""
        self.as_process(process)
        with self.app.app_context():
            asked = read(lambda: self._ids(Message.role == Role.USER))
            question = asked[-1 - which % len(asked)]
            replies.edit(self.key, question, self.user_id, "Or else?", None)

    def choose(self, process: int, which: int, version: int) -> None:
        """Choose a version of a message that has several, through a process."""
        self.as_process(process)
        with self.app.app_context():
            versioned = read(lambda: self._ids(Message.versions > 1))
            if versioned:
                message = versioned[which % len(versioned)]
                _unless_conflict(
                    lambda: replies.choose(self.key, message, self.user_id, 1 + version)
                )

    def _ids(self, which: ColumnElement[bool]) -> list[str]:
        found = Message.of(self.row()).where(which).order_by(Message.position)
        return [message.public_id for message in db.session.scalars(found)]

    def stop(self, process: int) -> None:
        """Stop the streaming answer through a process."""
        self.as_process(process)
        with self.app.app_context():
            key = read(lambda: _key_of(Message.streaming_in(self.row())))
            if key:
                _unless_conflict(lambda: replies.stop(key, self.user_id))

    def receive(self, process: int, content: str, thinking: str) -> None:
        """Give each of a process's answers a piece, as its task would."""
        for answer in self._answers(process):
            with self.app.app_context():
                if content:
                    generation.add_event(answer, Text(content))
                if thinking:
                    generation.add_event(answer, Thinking(thinking))

    def finish(self, process: int) -> None:
        """Complete a process's answers."""
        for answer in self._answers(process):
            answer.end(Status.COMPLETE)

    def _answers(self, process: int) -> list[Answer]:
        answers = self.as_process(process).group_commit.answers.values()
        return [answer for answer in answers if answer.ending is None]

    def flush(self, process: int) -> None:
        """Commit once; what has ended is concluded, as its task would."""
        group_commit = self.as_process(process).group_commit
        ending = [key for key, answer in group_commit.answers.items() if answer.ending]
        with self.app.app_context():
            group_commit.flush()
            for key in ending:
                generation.conclude(key)


def _id_of(message: Message | None) -> str | None:
    return message.public_id if message else None


def _key_of(message: Message | None) -> int | None:
    return message.id if message else None


def _unless_conflict(act: Callable[[], object]) -> None:
    try:
        act()
    except Conflict:
        return
