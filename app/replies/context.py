"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Membership, Message, Role, User, versions
from app.models.log import read_log
from app.models.questions import MAX_ASKED
from app.models.versions import Segment
from app.providers import Turn, out_of_place
from app.replies.speakers import Author, Speech, turns_of

CONTEXT_QUESTIONS = 50
CONTEXT_CHARACTERS = 200_000
PINNED_CHARACTERS = 50_000  # besides the others
ROWS_AT_ONCE = 5


class Exchange(NamedTuple):
    """What one person wrote, and the answers to it; `keys` are those of the messages."""

    speeches: list[Speech]
    keys: list[int]


def turns_before(answer: Message) -> list[Turn]:
    """Return the questions up to `answer`'s own, each followed by the answers to it.

    The oldest are left out where there are more than fit; the answer's own question always fits,
    and what is pinned comes before all others. Where several people or models speak, the turns say
    who each of them is.
    """
    way = versions.way_to(answer)
    exchanges = _exchanges_that_fit(answer, way)
    recent = [speech for exchange in exchanges for speech in exchange.speeches]
    sent = [key for exchange in exchanges for key in exchange.keys]
    pinned = _pinned_besides(sent, answer, way)
    me = answer.model or answer.conversation.model
    turns = turns_of([*pinned, *recent], me, Membership.count(answer.conversation_id))
    return [*map(out_of_place, turns[: len(pinned)]), *turns[len(pinned) :], *_begun(answer)]


def _begun(answer: Message) -> list[Turn]:
    """Return what there is of an answer that goes on with the text of an earlier version."""
    if not answer.size:
        return []
    return [Turn("assistant", read_log(answer.id).content, is_begun=True)]


def _exchanges_that_fit(answer: Message, way: Sequence[Segment]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    left = CONTEXT_CHARACTERS
    with closing(_exchanges_up_to(answer, way)) as found:
        for exchange in islice(found, CONTEXT_QUESTIONS):
            left -= sum(len(speech.text) for speech in exchange.speeches)
            if left < 0:
                return exchanges or [Exchange(exchange.speeches[:1], exchange.keys)]
            exchanges.insert(0, exchange)
    return exchanges


def _exchanges_up_to(answer: Message, way: Sequence[Segment]) -> Generator[Exchange]:
    """Yield questions with the answers to them, newest first. A waiting question comes later.

    They are those that led to the answer, also if somebody has chosen another version since.
    """
    for segment in way:
        found = _rows_in(segment, way, answer.conversation_id)
        with db.session.execute(found) as rows:
            for _, group in groupby(rows, key=lambda row: row.id):
                yield _exchange(group)


def _exchange(rows: Iterable[Any]) -> Exchange:
    """Return one question, which is the same in all rows, and the answers that have a text."""
    exchange = Exchange([], [])
    for row in rows:
        if not exchange.speeches:
            author = Author(row.author_id, row.name)
            exchange.speeches.append(Speech(author, row.question, row.is_pinned))
            exchange.keys.append(row.id)
        if row.answer:
            exchange.speeches.append(Speech(row.model, row.answer, row.is_pinned_answer))
            exchange.keys.append(row.answer_id)
    return exchange


def _pinned_besides(sent: Sequence[int], answer: Message, way: Sequence[Segment]) -> list[Speech]:
    """Return what is pinned on the way to an answer, but for the messages that are sent anyway; in
    order, without the oldest if not all of it fits."""
    if not answer.conversation.pins:
        return []
    text = func.substr(Message.content, 1, PINNED_CHARACTERS + 1).label("content")
    found = select(Message.role, Message.author_id, User.name, Message.model, text)
    found = found.outerjoin(User, User.id == Message.author_id).where(
        Message.conversation_id == answer.conversation_id,
        *(Message.is_pinned(), Message.id.not_in(sent), Message.content != ""),
        or_(*(_leads_on(segment, Message) for segment in way)),
    )
    pinned: list[Speech] = []
    left = PINNED_CHARACTERS
    for row in db.session.execute(found.order_by(Message.position.desc())):
        left -= len(row.content)
        if left < 0:
            break
        by = Author(row.author_id, row.name) if row.role == Role.USER else row.model
        pinned.insert(0, Speech(by, row.content, is_pinned=True))
    return pinned


def _rows_in(segment: Segment, way: Sequence[Segment], conversation_id: int) -> Select[Any]:
    question, reply = aliased(Message), aliased(Message)
    return (
        select(question.id, question.author_id, User.name, question.content.label("question"))
        .add_columns(reply.id.label("answer_id"), reply.model, reply.content.label("answer"))
        .add_columns(question.pinned_by_id.is_not(None).label("is_pinned"))
        .add_columns(reply.pinned_by_id.is_not(None).label("is_pinned_answer"))
        .outerjoin(User, User.id == question.author_id)
        .outerjoin(reply, (reply.question_id == question.id) & _is_on(way, reply))
        .where(question.conversation_id == conversation_id, question.role == Role.USER)
        .where(_is_asked_in(segment, question))
        .order_by(question.position.desc(), reply.position)
        .limit(CONTEXT_QUESTIONS * MAX_ASKED)
        .execution_options(yield_per=ROWS_AT_ONCE)  # a megabyte each, in the worst case
    )


def _leads_on(segment: Segment, message: type[Message]) -> ColumnElement[bool]:
    """Select the questions of a segment, and the answers."""
    is_question = message.role == Role.USER
    return or_(
        is_question & _is_asked_in(segment, message), ~is_question & _is_in(segment, message)
    )


def _is_asked_in(segment: Segment, question: type[Message]) -> ColumnElement[bool]:
    is_here = question.hidden_with.is_not_distinct_from(segment.hidden_with)
    return is_here & (question.position < segment.end)


def _is_on(way: Sequence[Segment], reply: type[Message]) -> ColumnElement[bool]:
    """Select the answers of these segments."""
    return or_(*(_is_in(segment, reply) for segment in way))


def _is_in(segment: Segment, reply: type[Message]) -> ColumnElement[bool]:
    is_here = reply.hidden_with.is_not_distinct_from(segment.hidden_with)
    if segment.question is None:
        return is_here
    is_later = and_(reply.question_id == segment.question, reply.position >= segment.without)
    return is_here & not_(is_later)
