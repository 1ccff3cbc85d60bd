"""What the model gets to read: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.extensions import db
from app.models import Message
from app.models.message import Role
from app.providers import Turn

CONTEXT_QUESTIONS = 50
CONTEXT_CHARACTERS = 200_000


def turns_before(answer: Message) -> list[Turn]:
    """Return the questions up to `answer`'s own, each followed by what was answered to it.

    The newest come first when there is more than fits; an answer's own question always fits.
    """
    turns: list[Turn] = []
    left = CONTEXT_CHARACTERS
    for question in _questions_up_to(answer):
        pair = list(_turns_of(question, answer))
        left -= sum(len(turn.content) for turn in pair)
        if left < 0 and turns:
            break
        turns = pair + turns
    return turns


def _questions_up_to(answer: Message) -> Iterator[Message]:
    """Yield questions, newest first. One that waits for its turn comes after all of them."""
    own = db.session.get_one(Message, answer.question_id)
    mine = Message.conversation_id == answer.conversation_id
    yield from db.session.scalars(
        select(Message)
        .where(mine, Message.role == Role.USER, Message.position <= own.position)
        .order_by(Message.position.desc())
        .limit(CONTEXT_QUESTIONS)
    )


def _turns_of(question: Message, being_written: Message) -> Iterator[Turn]:
    yield Turn("user", question.content)
    answer = question.answer
    if answer and answer.id != being_written.id and answer.content:
        yield Turn("assistant", answer.content)
