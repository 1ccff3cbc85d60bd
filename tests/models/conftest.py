"""What the tests of models share."""

from __future__ import annotations

import pytest

from app.database import write
from app.extensions import db
from app.models import Conversation
from app.models.asking import Question
from app.models.editing import edit
from tests.support.cast import Person
from tests.support.harness import Harness


class Editor:
    """Edits in a conversation, as the model does it: without telling anyone."""

    def __init__(self, harness: Harness, conversation: str) -> None:
        self.harness = harness
        self.conversation = conversation

    def edit(self, question: str, person: Person, content: str, key: str | None = None) -> str:
        """Return the id of the new question."""
        wish = Question(self.harness.user(person), content, "<p></p>", key)
        return write(lambda: edit(self._row, question, wish).asked.message.public_id)

    @property
    def title(self) -> str:
        return self.harness.database.read(lambda: self._row.title)

    @property
    def _row(self) -> Conversation:
        return db.session.get_one(Conversation, self.harness.key(self.conversation))


@pytest.fixture
def editor(harness: Harness, conversation: str) -> Editor:
    return Editor(harness, conversation)
