"""What the tests of models share."""

from __future__ import annotations

import pytest

from app.database import write
from app.extensions import db
from app.models import Conversation
from app.models.asking import Question
from app.models.editing import edit
from tests.support.cast import Person
from tests.support.stage import Stage


class Editor:
    """Edits in a conversation, as the model does it: without telling anyone."""

    def __init__(self, stage: Stage, conversation: str) -> None:
        self.stage = stage
        self.conversation = conversation

    def edit(self, question: str, person: Person, content: str, key: str | None = None) -> str:
        """Return the id of the new question."""
        wish = Question(self.stage.user(person), content, "<p></p>", key)
        return write(lambda: edit(self._row, question, wish).asked.message.public_id)

    @property
    def title(self) -> str:
        return self.stage.records.read(lambda: self._row.title)

    @property
    def _row(self) -> Conversation:
        return db.session.get_one(Conversation, self.stage.key(self.conversation))


@pytest.fixture
def editor(stage: Stage, conversation: str) -> Editor:
    return Editor(stage, conversation)
