"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Membership, Message, Role, User, versions
from app.models.questions import MAX_ASKED
from app.models.versions import Segment
from app.providers import Turn
from app.replies.speakers import Author, Speech, turns_of

CONTEXT_QUESTIONS = 50
CONTEXT_CHARACTERS = 200_000
ROWS_AT_ONCE = 5

Exchange = list[Speech]
"""What one person wrote, and the answers to it."""


def turns_before(answer: Message) -> list[Turn]:
    """Return the questions up to `answer`'s own, each followed by the answers to it.

    The oldest are left out where there are more than fit; the answer's own question always fits.
    Where several people or models speak, the turns say who each of them is.
    """
    exchanges: list[Exchange] = []
    left = CONTEXT_CHARACTERS
    with closing(_exchanges_up_to(answer)) as found:
        for exchange in islice(found, CONTEXT_QUESTIONS):
            left -= sum(len(speech.text) for speech in exchange)
            if left < 0:
                exchanges = exchanges or [exchange[:1]]
                break
            exchanges.insert(0, exchange)
    speeches = [speech for exchange in exchanges for speech in exchange]
    me = answer.model or answer.conversation.model
    return turns_of(speeches, me, Membership.count(answer.conversation_id))


def _exchanges_up_to(answer: Message) -> Generator[Exchange]:
    """Yield questions with the answers to them, newest first. A waiting question comes later.

    They are those that led to the answer, also if somebody has chosen another version since.
    """
    way = versions.way_to(answer)
    for segment in way:
        found = _rows_in(segment, way, answer.conversation_id)
        with db.session.execute(found) as rows:
            for _, group in groupby(rows, key=lambda row: row.id):
                yield _exchange(group)


def _exchange(rows: Iterable[Any]) -> Exchange:
    """Return one question, which is the same in all rows, and the answers that have a text."""
    speeches: Exchange = []
    for row in rows:
        if not speeches:
            speeches.append(Speech(Author(row.author_id, row.name), row.question))
        if row.answer:
            speeches.append(Speech(row.model, row.answer))
    return speeches


def _rows_in(segment: Segment, way: Sequence[Segment], conversation_id: int) -> Select[Any]:
    question, reply = aliased(Message), aliased(Message)
    return (
        select(question.id, question.author_id, User.name, question.content.label("question"))
        .add_columns(reply.model, reply.content.label("answer"))
        .outerjoin(User, User.id == question.author_id)
        .outerjoin(reply, (reply.question_id == question.id) & _is_on(way, reply))
        .where(question.conversation_id == conversation_id, question.role == Role.USER)
        .where(question.hidden_with.is_not_distinct_from(segment.hidden_with))
        .where(question.position < segment.end)
        .order_by(question.position.desc(), reply.position)
        .limit(CONTEXT_QUESTIONS * MAX_ASKED)
        .execution_options(yield_per=ROWS_AT_ONCE)  # a megabyte each, in the worst case
    )


def _is_on(way: Sequence[Segment], reply: type[Message]) -> ColumnElement[bool]:
    """Select the answers of these segments."""
    return or_(*(_is_in(segment, reply) for segment in way))


def _is_in(segment: Segment, reply: type[Message]) -> ColumnElement[bool]:
    is_here = reply.hidden_with.is_not_distinct_from(segment.hidden_with)
    if segment.question is None:
        return is_here
    is_later = and_(reply.question_id == segment.question, reply.position >= segment.without)
    return is_here & not_(is_later)
