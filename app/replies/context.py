"""What the model reads: the turns of the conversation that lead to an answer."""

from __future__ import annotations

from collections.abc import Collection, Container, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Membership, Message, Role, User, versions
from app.models.log import read_log
from app.models.questions import MAX_ASKED
from app.models.versions import Segment
from app.providers import Turn, out_of_place
from app.providers.tokens import estimate
from app.replies.on_the_way import are_answers_in, is_asked_in
from app.replies.runtime import current_runtime
from app.replies.sent_files import SentFiles, read_files
from app.replies.speakers import Author, Speech, turns_of
from app.replies.staying import room_of, staying_on

CONTEXT_QUESTIONS = 200
ROWS_AT_ONCE = 5


class Exchange(NamedTuple):
    """What one person wrote, at this position, and the answers to it; `keys` are those of the
    messages."""

    position: int
    speeches: list[Speech]
    keys: list[int]

    def tokens(self, counted: Container[int]) -> int:
        """Return about how many tokens it has, without messages that are counted already."""
        said = zip(self.keys, self.speeches, strict=True)
        return estimate(speech.text for key, speech in said if key not in counted)

    def question_alone(self) -> Exchange:
        """Return it without the answers."""
        return self._replace(speeches=self.speeches[:1], keys=self.keys[:1])


class Kept(NamedTuple):
    """What is sent apart where the messages around it are left out, and its position."""

    position: int
    speech: Speech


class Context(NamedTuple):
    """What a model reads: about so many tokens. What was said before position `since` is left out;
    0 where all of it fits. `refusal` says why the model can't be asked, if it can't."""

    turns: list[Turn]
    tokens: int
    since: int
    refusal: str | None


def turns_before(answer: Message, always: Sequence[Turn] = ()) -> Context:
    """Return the questions up to `answer`'s own, each followed by the answers to it.

    The oldest are left out where there are more than fit the model's window. What stays is counted
    before them: the answer's own question, the system prompt, what is to be sent `always`, what is
    pinned, and files; of an answer that goes on, its text so far comes last. Where several people
    or models speak, the turns say who each of them is.
    """
    here, me = answer.conversation, answer.model or answer.conversation.model
    way, begun = versions.way_to(answer), _begun(answer)
    said = [turn.content for turn in (*always, *begun)]
    question = db.session.get_one(Message, answer.question_id)
    staying = staying_on(way, question, here, said)
    room = room_of(me) - staying.tokens
    files = read_files(staying.files, room, sees=current_runtime().models.sees(me))
    stays = _with_files(_pinned(staying.pinned), files)
    with closing(_exchanges_up_to(answer, way)) as exchanges:
        found, since = _newest(exchanges, room - files.tokens, {question.id, *staying.pinned})
    apart = _apart(stays, found)
    speeches = [*apart, *(speech for each in found for speech in _speeches(each, files))]
    turns = turns_of(speeches, me, Membership.count(here.id))
    turns[: len(apart)] = map(out_of_place, turns[: len(apart)])
    kept = staying.system_prompt + estimate(said) + files.tokens
    tokens = kept + estimate(speech.text for speech in speeches)
    return Context([*always, *turns, *begun], tokens, since, staying.refusal(me))


def _begun(answer: Message) -> list[Turn]:
    """Return what there is of an answer that goes on with the text of an earlier version."""
    if answer.continues is None or not answer.is_streaming:
        return []
    return [Turn("assistant", read_log(answer.id).content, is_begun=True)]


def _newest(
    exchanges: Iterable[Exchange], tokens: int, counted: Container[int]
) -> tuple[list[Exchange], int]:
    """Return those of some exchanges, which come newest first, that fit within so many tokens,
    beside the messages that are counted already; in order, and the position of the first of them
    where older ones are left out."""
    kept: list[Exchange] = []
    for exchange in exchanges:
        tokens -= exchange.tokens(counted)
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


def _pinned(keys: Collection[int]) -> dict[int, Kept]:
    """Return these messages, which are pinned, by their keys."""
    if not keys:
        return {}
    found = select(Message.id, Message.position, Message.role, Message.author_id, Message.model)
    found = found.add_columns(Message.author_name_column().label("name"), Message.content)
    found = found.outerjoin(User, User.id == Message.author_id).where(Message.id.in_(keys))
    return {row.id: Kept(row.position, _pinned_speech(row)) for row in db.session.execute(found)}


def _pinned_speech(row: Any) -> Speech:
    by = Author(row.author_id, row.name) if row.role == Role.USER else row.model
    return Speech(by, row.content, is_pinned=True)


def _rows_in(segment: Segment, way: Sequence[Segment], conversation_id: int) -> Select[Any]:
    question, reply = aliased(Message), aliased(Message)
    return (
        select(question.id, question.author_id, question.content.label("question"))
        .add_columns(question.position, question.author_name_column().label("name"))
        .add_columns(reply.id.label("answer_id"), reply.model, reply.content.label("answer"))
        .add_columns(question.pinned_by_id.is_not(None).label("is_pinned"))
        .add_columns(reply.pinned_by_id.is_not(None).label("is_pinned_answer"))
        .outerjoin(User, User.id == question.author_id)
        .outerjoin(reply, (reply.question_id == question.id) & are_answers_in(way, reply))
        .where(question.conversation_id == conversation_id, question.role == Role.USER)
        .where(is_asked_in(segment, question))
        .order_by(question.position.desc(), reply.position)
        .limit((CONTEXT_QUESTIONS + 1) * MAX_ASKED)
        .execution_options(yield_per=ROWS_AT_ONCE)  # a megabyte each, in the worst case
    )
