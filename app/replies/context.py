"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Message, Role, versions
from app.models.versions import Segment
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
        for question, reply in islice(exchanges, CONTEXT_QUESTIONS):
            pair = [Turn("user", question)]
            if reply:
                pair.append(Turn("assistant", reply))
            left -= sum(len(turn.content) for turn in pair)
            if left < 0 and turns:
                break
            turns = pair + turns
    return turns


def _exchanges_up_to(answer: Message) -> Generator[tuple[str, str | None]]:
    """Yield questions and their answers' texts, newest first. A waiting question comes later.

    They are those that led to the answer, also if somebody has chosen another version since.
    """
    own = db.session.get_one(Message, answer.question_id)
    yield own.content, None
    way = versions.way_to(own)
    for segment in way:
        yield from _exchanges_in(segment, way, own)


def _exchanges_in(
    segment: Segment, way: Sequence[Segment], own: Message
) -> Generator[tuple[str, str | None]]:
    question, reply = aliased(Message), aliased(Message)
    found = (
        select(question.content, reply.content)
        .outerjoin(reply, (reply.question_id == question.id) & _is_on(way, reply))
        .where(question.conversation_id == own.conversation_id, question.role == Role.USER)
        .where(question.hidden_with.is_not_distinct_from(segment.hidden_with))
        .where(question.position < segment.end, question.id != own.id)
        .order_by(question.position.desc())
        .limit(CONTEXT_QUESTIONS)
        .execution_options(yield_per=ROWS_AT_ONCE)  # a megabyte each, in the worst case
    )
    with db.session.execute(found) as rows:
        yield from rows


def _is_on(way: Sequence[Segment], reply: type[Message]) -> ColumnElement[bool]:
    """Select the answers of these segments."""
    return or_(
        *(
            reply.hidden_with.is_not_distinct_from(segment.hidden_with)
            & reply.id.is_distinct_from(segment.without)
            for segment in way
        )
    )
