"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Membership, Message, Role, User, versions
from app.models.log import read_log
from app.models.questions import MAX_ASKED
from app.models.versions import Segment
from app.providers import Turn, out_of_place
from app.providers.tokens import estimate
from app.replies.runtime import current_runtime
from app.replies.sent_files import SentFiles, files_on
from app.replies.speakers import Author, Speech, turns_of

CONTEXT_QUESTIONS = 200
CONTEXT_TOKENS = 66_000  # for a model whose window nobody has said
ANSWER_TOKENS = 16_384  # the most that is kept free for an answer, with its thinking
ANSWER_SHARE = 0.25  # of the window; of a small one no more is kept free
PINNED_CHARACTERS = 50_000  # of one message that is sent apart from the others
PINNED_SHARE = 0.5  # of what there is room for
ROWS_AT_ONCE = 5


class Exchange(NamedTuple):
    """What one person wrote, at this position, and the answers to it; `keys` are those of the
    messages."""

    position: int
    speeches: list[Speech]
    keys: list[int]

    @property
    def tokens(self) -> int:
        """Return about how many tokens it has."""
        return estimate(speech.text for speech in self.speeches)

    def question_alone(self) -> Exchange:
        """Return it without the answers."""
        return self._replace(speeches=self.speeches[:1], keys=self.keys[:1])


class Kept(NamedTuple):
    """What is sent apart where the messages around it are left out, and its position."""

    position: int
    speech: Speech


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
    others. What is pinned comes before what is newer, and of an answer that goes on, its text so
    far comes last. Files stay, too. Where several people or models speak, the turns say who each of
    them is.
    """
    me = answer.model or answer.conversation.model
    way, begun = versions.way_to(answer), _begun(answer)
    kept = estimate(
        [answer.conversation.system_prompt, *(turn.content for turn in (*always, *begun))]
    )
    room = _budget(me) - kept
    files = _files_on(way, answer, room)
    kept, room = kept + files.tokens, room - files.tokens
    pinned = _with_files(_pinned_on(way, answer, room), files)
    with closing(_exchanges_up_to(answer, way)) as exchanges:
        found, since = _newest(exchanges, room)
    if apart := _apart(pinned, found):  # they need room of their own
        room -= estimate(speech.text for speech in apart)
        found, left_out = _newest(reversed(found), room)
        since, apart = left_out or since, _apart(pinned, found)
    speeches = [*apart, *(speech for each in found for speech in _speeches(each, files))]
    turns = turns_of(speeches, me, Membership.count(answer.conversation_id))
    turns[: len(apart)] = map(out_of_place, turns[: len(apart)])
    tokens = kept + estimate(speech.text for speech in speeches)
    return Context([*always, *turns, *begun], tokens, since)


def _begun(answer: Message) -> list[Turn]:
    """Return what there is of an answer that goes on with the text of an earlier version."""
    if answer.continues is None or not answer.is_streaming:
        return []
    return [Turn("assistant", read_log(answer.id).content, is_begun=True)]


def _budget(model: str) -> int:
    """Return for how many estimated tokens there is room, beside the answer."""
    runtime = current_runtime()
    window = runtime.models.context_window(model)
    if window is None:
        return CONTEXT_TOKENS
    free = window - min(ANSWER_TOKENS, int(ANSWER_SHARE * window))
    return int(free / runtime.token_factors.of(model))


def _newest(exchanges: Iterable[Exchange], tokens: int) -> tuple[list[Exchange], int]:
    """Return those of some exchanges, which come newest first, that fit within so many tokens; in
    order, and the position of the first of them where older ones are left out."""
    kept: list[Exchange] = []
    for exchange in exchanges:
        tokens -= exchange.tokens
        if tokens < 0 or len(kept) == CONTEXT_QUESTIONS:
            kept = kept or [exchange.question_alone()]
            return kept, kept[0].position
        kept.insert(0, exchange)
    return kept, 0


def _apart(always: Mapping[int, Kept], found: Iterable[Exchange]) -> list[Speech]:
    """Return what always stays and is not among these exchanges, in order."""
    sent = {key for exchange in found for key in exchange.keys}
    return [kept.speech for key, kept in sorted(always.items(), key=_position) if key not in sent]


def _position(item: tuple[int, Kept]) -> int:
    return item[1].position


def _files_on(way: Sequence[Segment], answer: Message, room: int) -> SentFiles:
    """Return the files of the questions that lead to an answer."""
    here = Message.conversation_id == answer.conversation_id
    is_on = here & or_(*(_is_asked_in(segment, Message) for segment in way))
    sees = current_runtime().models.sees(answer.model or answer.conversation.model)
    return files_on(is_on, room, sees=sees)


def _with_files(pinned: Mapping[int, Kept], files: SentFiles) -> dict[int, Kept]:
    """Return what is pinned, with its files, and the other files."""
    alone = {key: Kept(*sent) for key, sent in files.by_question.items()}
    return alone | {
        key: kept._replace(speech=files.added_to(key, kept.speech)) for key, kept in pinned.items()
    }


def _speeches(exchange: Exchange, files: SentFiles) -> list[Speech]:
    """Return a question, with its files, and the answers to it."""
    question, *answers = exchange.speeches
    return [files.added_to(exchange.keys[0], question), *answers]


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
    first, *_ = found = list(rows)
    question = Speech(Author(first.author_id, first.name), first.question, first.is_pinned)
    answers = [row for row in found if row.answer]
    speeches = [question, *(Speech(row.model, row.answer, row.is_pinned_answer) for row in answers)]
    return Exchange(first.position, speeches, [first.id, *(row.answer_id for row in answers)])


def _pinned_on(way: Sequence[Segment], answer: Message, tokens: int) -> dict[int, Kept]:
    """Return what is pinned on the way to an answer, by the keys of the messages; without the
    oldest if all of it takes more than its share of so many tokens."""
    if not answer.conversation.pins:
        return {}
    text = func.substr(Message.content, 1, PINNED_CHARACTERS).label("content")
    found = select(Message.id, Message.position, Message.role, Message.author_id, Message.model)
    found = found.add_columns(Message.author_name_column().label("name"), text)
    found = found.outerjoin(User, User.id == Message.author_id).where(
        Message.conversation_id == answer.conversation_id,
        *(Message.is_pinned(), Message.content != ""),
        or_(*(_leads_on(segment, Message) for segment in way)),
    )
    pinned: dict[int, Kept] = {}
    left = PINNED_SHARE * tokens
    for row in db.session.execute(found.order_by(Message.position.desc())):
        left -= estimate([row.content])
        if left < 0:
            break
        by = Author(row.author_id, row.name) if row.role == Role.USER else row.model
        pinned[row.id] = Kept(row.position, Speech(by, row.content, is_pinned=True))
    return pinned


def _rows_in(segment: Segment, way: Sequence[Segment], conversation_id: int) -> Select[Any]:
    question, reply = aliased(Message), aliased(Message)
    return (
        select(question.id, question.author_id, question.content.label("question"))
        .add_columns(question.position, question.author_name_column().label("name"))
        .add_columns(reply.id.label("answer_id"), reply.model, reply.content.label("answer"))
        .add_columns(question.pinned_by_id.is_not(None).label("is_pinned"))
        .add_columns(reply.pinned_by_id.is_not(None).label("is_pinned_answer"))
        .outerjoin(User, User.id == question.author_id)
        .outerjoin(reply, (reply.question_id == question.id) & _is_on(way, reply))
        .where(question.conversation_id == conversation_id, question.role == Role.USER)
        .where(_is_asked_in(segment, question))
        .order_by(question.position.desc(), reply.position)
        .limit((CONTEXT_QUESTIONS + 1) * MAX_ASKED)
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
