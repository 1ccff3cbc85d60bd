"""Stores questions and answers for the browser tests."""

from __future__ import annotations

from app.extensions import db
from app.markdown import render, render_typed
from app.models import Conversation, Message, User
from app.models.message import Role, Status
from tests.support.cast import Person
from tests.support.database import Database


def fill(database: Database, where: str, asker: Person, count: int, lines: int = 1) -> None:
    """Add `count` questions, each with an answer of `lines` paragraphs."""
    database.write(lambda: _fill(where, asker, count, lines))


def exchange(database: Database, where: str, asker: Person, question: str, answer: str) -> None:
    """Add a question and its answer."""
    database.write(lambda: _exchange(where, asker, question, answer))


def _fill(where: str, asker: Person, count: int, lines: int) -> None:
    for number in range(1, count + 1):
        answer = "\n\n".join(f"Answer {number}, paragraph {line}." for line in range(1, lines + 1))
        _exchange(where, asker, f"Question {number}", answer)


def _exchange(where: str, asker: Person, question: str, answer: str) -> None:
    conversation = db.session.scalars(db.select(Conversation).filter_by(public_id=where)).one()
    author = db.session.scalars(db.select(User).filter_by(email=asker.email)).one()
    asked = Message.add(
        conversation,
        Role.USER,
        question,
        author_id=author.id,
        **_complete(question, render_typed(question)),
    )
    fields = {"model": "demo", "question_id": asked.id, **_complete(answer, render(answer))}
    Message.add(conversation, Role.ASSISTANT, answer, **fields)


def _complete(text: str, html: str) -> dict[str, object]:
    return {"seq": 1, "status": Status.COMPLETE, "content_html": html}
