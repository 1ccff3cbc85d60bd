"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Message, Role
from app.providers import Turn

CONTEXT_QUESTIONS = 50
CONTEXT_CHARACTERS = 200_000
ROWS_AT_ONCE = 5


def turns_before(answer: Message) -> list[Turn]:
    """Return the questions up to `answer`'s own, each followed by the answer to it.

    The oldest are left out where there are more than fit; the answer's own question always fits.
    """
    turns: list[Turn] = []
    left = CONTEXT_CHARACTERS
    with closing(_exchanges_up_to(answer)) as exchanges:
        for question, reply in exchanges:
            pair = [Turn("user", question)]
            if reply:
                pair.append(Turn("assistant", reply))
            left -= sum(len(turn.content) for turn in pair)
            if left < 0 and turns:
                break
            turns = pair + turns
    return turns


def _exchanges_up_to(answer: Message) -> Generator[tuple[str, str | None]]:
    """Yield questions and their answers' texts, newest first. A waiting question comes later."""
    question, reply, own = aliased(Message), aliased(Message), aliased(Message)
    last = select(own.position).where(own.id == answer.question_id).scalar_subquery()
    found = (
        select(question.content, reply.content)
        .outerjoin(reply, (reply.question_id == question.id) & (reply.id != answer.id))
        .where(question.conversation_id == answer.conversation_id, question.role == Role.USER)
        .where(question.position <= last)
        .order_by(question.position.desc())
        .limit(CONTEXT_QUESTIONS)
        .execution_options(yield_per=ROWS_AT_ONCE)  # a megabyte each, in the worst case
    )
    with db.session.execute(found) as rows:
        yield from rows
