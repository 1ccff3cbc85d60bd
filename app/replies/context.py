"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Membership, Message, Role, User, versions
from app.models.questions import MAX_ASKED
from app.models.versions import Segment
from app.providers import Turn
from app.providers.tokens import estimate
from app.replies.runtime import current_runtime
from app.replies.speakers import Author, Speech, turns_of

CONTEXT_QUESTIONS = 200
CONTEXT_TOKENS = 66_000  # for a model whose window nobody has said
ANSWER_TOKENS = 16_384  # the most that is kept free for an answer, with its thinking
ANSWER_SHARE = 0.25  # of the window; of a small one no more is kept free
ROWS_AT_ONCE = 5


class Exchange(NamedTuple):
    """What one person wrote, at this position, and the answers to it."""

    position: int
    speeches: list[Speech]

    @property
    def tokens(self) -> int:
        """Return about how many tokens it has."""
        return estimate(speech.text for speech in self.speeches)


class Context(NamedTuple):
    """What a model reads: about so many tokens. What was said before position `since` is left out;
    0 where all of it fits."""

    turns: list[Turn]
    tokens: int
    since: int


def turns_before(answer: Message, always: Sequence[Turn] = ()) -> Context:
    """Return the questions up to `answer`'s own, each followed by the answers to it.

    The oldest are left out where there are more than fit the model's window; the answer's own
    question always fits, and so does the system prompt, and what is to be sent `always`: before all
    others. Where several people or models speak, the turns say who each of them is.
    """
    me = answer.model or answer.conversation.model
    kept = estimate([answer.conversation.system_prompt, *(turn.content for turn in always)])
    found, since = _newest(answer, _budget(me) - kept)
    speeches = [speech for exchange in found for speech in exchange.speeches]
    turns = turns_of(speeches, me, Membership.count(answer.conversation_id))
    tokens = kept + sum(exchange.tokens for exchange in found)
    return Context([*always, *turns], tokens, since)


def _budget(model: str) -> int:
    """Return for how many estimated tokens there is room, beside the answer."""
    runtime = current_runtime()
    window = runtime.models.context_window(model)
    if window is None:
        return CONTEXT_TOKENS
    free = window - min(ANSWER_TOKENS, int(ANSWER_SHARE * window))
    return int(free / runtime.token_factors.of(model))


def _newest(answer: Message, tokens: int) -> tuple[list[Exchange], int]:
    """Return the newest exchanges within so many tokens, and the position of the first of them
    where older ones are left out."""
    kept: list[Exchange] = []
    with closing(_exchanges_up_to(answer)) as found:
        for exchange in found:
            tokens -= exchange.tokens
            if tokens < 0 or len(kept) == CONTEXT_QUESTIONS:
                kept = kept or [exchange._replace(speeches=exchange.speeches[:1])]
                return kept, kept[0].position
            kept.insert(0, exchange)
    return kept, 0


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
    first, *_ = found = list(rows)
    question = Speech(Author(first.author_id, first.name), first.question)
    answers = [Speech(row.model, row.answer) for row in found if row.answer]
    return Exchange(first.position, [question, *answers])


def _rows_in(segment: Segment, way: Sequence[Segment], conversation_id: int) -> Select[Any]:
    question, reply = aliased(Message), aliased(Message)
    return (
        select(question.id, question.author_id, User.name, question.content.label("question"))
        .add_columns(question.position)
        .add_columns(reply.model, reply.content.label("answer"))
        .outerjoin(User, User.id == question.author_id)
        .outerjoin(reply, (reply.question_id == question.id) & _is_on(way, reply))
        .where(question.conversation_id == conversation_id, question.role == Role.USER)
        .where(question.hidden_with.is_not_distinct_from(segment.hidden_with))
        .where(question.position < segment.end)
        .order_by(question.position.desc(), reply.position)
        .limit((CONTEXT_QUESTIONS + 1) * MAX_ASKED)
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
