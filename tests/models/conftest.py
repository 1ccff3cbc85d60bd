"""Fixtures of the tests of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.database import write
from app.extensions import db
from app.models import Conversation
from app.models.questions import Question, edit
from tests.support.cast import Person
from tests.support.harness import Harness

Transact = Callable[[Callable[[Conversation], Any]], Any]


class Editor:
    """Edits questions of a conversation through the model, without emitting anything."""

    def __init__(self, harness: Harness, conversation: str) -> None:
        self.harness = harness
        self.conversation = conversation

    def edit(self, question: str, person: Person, content: str, key: str | None = None) -> str:
        """Return the id of the new question."""
        new = Question(self.harness.user(person), content, "<p></p>", key)
        return write(lambda: edit(self._row, question, new).message.public_id)

    @property
    def title(self) -> str:
        return self.harness.database.read(lambda: self._row.title)

    @property
    def _row(self) -> Conversation:
        return db.session.get_one(Conversation, self.harness.key(self.conversation))


@pytest.fixture
def editor(harness: Harness, conversation: str) -> Editor:
    return Editor(harness, conversation)


@pytest.fixture
def transact(harness: Harness, conversation: str) -> Transact:
    """Return a function that calls its argument with the conversation and commits."""
    key = harness.key(conversation)
    return lambda work: harness.database.write(lambda: work(db.session.get_one(Conversation, key)))
