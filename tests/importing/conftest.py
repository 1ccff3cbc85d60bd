"""What tests of imports share: an importer, and what the database has afterwards."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from app.database import read
from app.extensions import db
from app.importing.run import run
from app.jobs.running import importer_for
from app.models import Conversation, Membership, Message, User
from app.models.columns import new_public_id
from tests.support.cast import Cast, Person


class Told(NamedTuple):
    """A message as a test compares it: of other messages the texts."""

    role: str
    content: str
    shown: bool
    version: int
    versions: int
    question: str | None


class Imports:
    """Imports files for people of the cast, in this process."""

    def key(self, person: Person) -> int:
        """Return a person's key."""
        return read(lambda: db.session.scalars(_with_address(person.email)).one())

    def file(self, person: Person, data: bytes, *, is_preview: bool = False) -> dict[str, Any]:
        """Import a file for a person; return the report."""
        importer = importer_for(self.key(person), new_public_id(), lambda: None)
        report = run(io.BytesIO(data), importer, lambda _done: None, is_preview=is_preview)
        return json.loads(json.dumps(report.as_json()))

    def archive(self, person: Person, entries: dict[str, Any], **how: bool) -> dict[str, Any]:
        """Import a zip file for a person: bytes, or what is JSON, by names; return the report."""
        out = io.BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                is_bytes = isinstance(content, bytes)
                archive.writestr(name, content if is_bytes else json.dumps(content))
        return self.file(person, out.getvalue(), **how)

    def files(self, title: str) -> list[tuple[str, str]]:
        """Return the files of a conversation: the question, and the name."""
        return read(
            lambda: [(each.content, file["name"]) for each in _rows(title) for file in each.files]
        )

    def these(self, person: Person, *found: Any, is_preview: bool = False) -> dict[str, Any]:
        """Import conversations for a person; return the report."""
        return self.file(person, json.dumps(found).encode(), is_preview=is_preview)

    def conversations(self, person: Person) -> list[str]:
        """Return the titles of a person's conversations, in the order of their making."""
        return read(lambda: list(db.session.scalars(_titles(self.key(person)))))

    def messages(self, title: str) -> list[Told]:
        """Return all messages of the conversation with a title, in order."""
        return read(lambda: list(_told(title)))

    def shown(self, title: str) -> list[str]:
        """Return the texts that the conversation with a title shows."""
        return [each.content for each in self.messages(title) if each.shown]

    def stored(self, title: str) -> list[Message]:
        """Return the messages of a conversation as rows, which a test only reads."""
        return read(lambda: list(_detached(title)))


def _with_address(email: str) -> Any:
    return select(User.id).where(User.email == email)


def _titles(user_id: int) -> Any:
    mine = select(Conversation.title).join(
        Membership, Membership.conversation_id == Conversation.id
    )
    alive = mine.where(Membership.user_id == user_id, Conversation.deleted_at.is_(None))
    return alive.order_by(Conversation.id)


def _rows(title: str) -> Any:
    here = select(Message).join(Conversation, Conversation.id == Message.conversation_id)
    return db.session.scalars(here.where(Conversation.title == title).order_by(Message.position))


def _told(title: str) -> Iterator[Told]:
    for row in _rows(title):
        asked = db.session.get(Message, row.question_id) if row.question_id else None
        shown = row.hidden_with is None
        question = asked.content if asked else None
        yield Told(row.role, row.content, shown, row.version, row.versions, question)


def _detached(title: str) -> Iterator[Message]:
    for row in _rows(title).all():
        db.session.expunge(row)
        yield row


@pytest.fixture
def imports(app: Flask, context: None, cast: Cast) -> Imports:
    """Imports for the people of the cast."""
    return Imports()
