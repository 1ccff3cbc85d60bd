"""Which messages lead to an answer: those of the segments of the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, not_, or_

from app.models import Message, Role
from app.models.versions import Segment


def lead_on(way: Sequence[Segment], message: type[Message]) -> ColumnElement[bool]:
    """Select the questions of these segments, and the answers."""
    is_question = message.role == Role.USER
    return or_(
        *(
            is_question & is_asked_in(segment, message) | ~is_question & _is_in(segment, message)
            for segment in way
        )
    )


def are_asked_in(way: Sequence[Segment], question: type[Message]) -> ColumnElement[bool]:
    """Select the questions of these segments."""
    return or_(*(is_asked_in(segment, question) for segment in way))


def is_asked_in(segment: Segment, question: type[Message]) -> ColumnElement[bool]:
    """Select the questions of a segment."""
    is_here = question.hidden_with.is_not_distinct_from(segment.hidden_with)
    return is_here & (question.position < segment.end)


def are_answers_in(way: Sequence[Segment], reply: type[Message]) -> ColumnElement[bool]:
    """Select the answers of these segments."""
    return or_(*(_is_in(segment, reply) for segment in way))


def _is_in(segment: Segment, reply: type[Message]) -> ColumnElement[bool]:
    is_here = reply.hidden_with.is_not_distinct_from(segment.hidden_with)
    if segment.question is None:
        return is_here
    is_later = and_(reply.question_id == segment.question, reply.position >= segment.without)
    return is_here & not_(is_later)
