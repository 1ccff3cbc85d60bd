"""The background task that receives one answer from its model, and what follows its end."""

from __future__ import annotations

import logging
import time
from threading import Semaphore
from typing import NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import aliased

from app import counts, logs, tracing
from app.background import start_task
from app.database import find_first, patiently, read, write
from app.direct import DirectStatement
from app.errors import ShuttingDown, attempt
from app.events import emit, lists
from app.events.announcing import announce
from app.events.payloads import message_payload
from app.events.shapes import MessagePayload
from app.extensions import db, socketio
from app.models import Conversation, Message, Status, questions
from app.models.log import read_log
from app.providers import AnsweredBy, Event, Note, ProviderError, Settings, Stream, Usage
from app.replies import telling, titles
from app.replies.allowance import note_answering, record_use, refusal_of
from app.replies.context import Context, turns_before
from app.replies.context_mark import move_mark
from app.replies.in_flight import TOO_LONG, Answer
from app.replies.runtime import current_runtime
from app.replies.sent_files import with_pictures
from app.replies.storing_html import store_html_of

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.005
UNEXPECTED = "Something went wrong while the answer was being written."

_turn = Semaphore()

_waiting = aliased(Message)
# The key of a message's conversation, and whether a question waits in it.
CONVERSATION_OF = DirectStatement(
    select(
        Message.conversation_id,
        exists()
        .where(
            _waiting.waiting,
            _waiting.hidden_with.is_(None),
            _waiting.conversation_id == Message.conversation_id,
        )
        .label("has_waiting"),
    ).where(Message.id == bindparam("message_id"))
)


class Generation(NamedTuple):
    """An answer to be written, and by which model."""

    answer: Answer
    model: str


def start(message_id: int) -> None:
    """Start the task of an answer to be written."""
    current_runtime().starting.add(message_id)
    start_task(generate, message_id)


def generate(message_id: int) -> None:
    """Receive an answer to its end, however it ends, and then do what follows."""
    generating = current_runtime().generating
    generating.add(message_id)
    try:
        _generate(message_id)
    finally:
        generating.discard(message_id)


def _generate(message_id: int) -> None:
    generation = prepare(message_id)
    if generation is None:
        return  # it was stopped before it began
    answer = generation.answer
    logs.context.add(conversation=answer.conversation_id, answer=answer.public_id)
    answer.span = _span_of(answer)
    _run(generation)
    current_runtime().group_commit.wake()
    answer.finished.wait()
    conclude(answer.message_id)


def prepare(message_id: int) -> Generation | None:
    """Add an answer to the group commit; None if it has ended already."""
    runtime = current_runtime()
    try:
        generation = patiently(lambda: read(lambda: _read_generation(message_id)))
        if generation is not None:
            runtime.group_commit.add(generation.answer)
        return generation
    finally:
        runtime.starting.discard(message_id)


def conclude(message_id: int) -> None:
    """Start the answer to the next waiting question, tell the members' lists and who has asked that
    this one has ended, store what it has used and its rendered text, and name the conversation
    after it.

    It may be called twice. Where hundreds end at once, most of it is done for one after the other,
    and the others end in between.
    """
    found = find_first(CONVERSATION_OF, {"message_id": message_id})
    if found is None:
        return  # the message was removed
    if found.has_waiting:
        record_use(message_id)  # it counts for what waits
        start_next(found.conversation_id)
    with _turn:
        lists.announce(found.conversation_id)
        record_use(message_id)
        telling.tell_asker(message_id)
        time.sleep(0)
    store_html_of(message_id)
    titles.title_by_model(message_id)


def _span_of(answer: Answer) -> tracing.Span | None:
    return tracing.begin(
        "answer",
        tracing.current(),
        model=answer.model,
        conversation=answer.conversation_id,
        answer=answer.public_id,
    )


def start_next(conversation_id: int) -> None:
    """Start the answer to the conversation's next waiting question, if there is one."""

    def work() -> tuple[int, MessagePayload] | None:
        conversation = db.session.get(Conversation, conversation_id)
        change = questions.answer_next(conversation) if conversation else None
        if conversation is None or change is None or change.begun is None:
            return None
        return change.begun.id, message_payload(change.begun, conversation)

    try:
        with current_runtime().starting_answer():
            if begun := write(work):
                message_id, message = begun
                announce(emit.message, message)
                start(message_id)
    except ShuttingDown:
        pass  # it keeps its place: another process, or the next start, answers it


class Asked(NamedTuple):
    """What the model reads, how it is to answer, and whether the mark of what is read moves."""

    context: Context
    settings: Settings
    moves_mark: bool


def question_of(message_id: int) -> Asked:
    """Return what leads to an answer that is to be written."""
    answer = db.session.get_one(Message, message_id)
    here, context = answer.conversation, turns_before(answer)
    moves_mark = answer.hidden_with is None and here.sent_from != context.since
    settings = Settings(here.system_prompt, here.temperature, here.effort)
    return Asked(context, settings, moves_mark)


def add_event(answer: Answer, event: Event) -> bool:
    """Add what a model has sent to its answer; False once the answer has reached its limit."""
    if isinstance(event, Usage):
        answer.usage = event
        return True
    if isinstance(event, Note):
        answer.note, answer.is_cut = event.sentence, event.is_cut
        return True
    if isinstance(event, AnsweredBy):
        note_answering(answer.message_id, event.model)
        return True
    fits = answer.add(event)
    answer.wake()
    return fits


def _run(generation: Generation) -> None:
    """Receive an answer, and end it as whatever is raised demands."""
    answer = generation.answer
    _, error = attempt(lambda: _receive(generation))
    if isinstance(error, ProviderError):
        if not answer.is_over:
            counts.PROVIDER_ERRORS.add(answer.model)
        answer.end(Status.FAILED, error.sentence)
    elif error:
        logger.error("Message %s could not be received.", answer.public_id, exc_info=error)
        answer.end(Status.FAILED, UNEXPECTED)


def _receive(generation: Generation) -> None:
    answer, model = generation
    asked = patiently(lambda: read(lambda: question_of(answer.message_id)))
    context, settings, moves_mark = asked
    if refusal := context.refusal or patiently(lambda: refusal_of(answer.message_id)):
        return answer.end(Status.FAILED, refusal)
    if moves_mark:
        move_mark(answer.message_id, context.since)
    runtime = current_runtime()
    turns = with_pictures(context.turns)
    answer.asked_at = time.monotonic()
    asking = tracing.begin("model", answer.span, model=model)
    stream = runtime.models.stream(model, turns, runtime.group_commit.pause, settings)
    answer.close_stream = stream.close
    try:
        if not answer.is_over:  # ended before there was anything to cancel
            _read_stream(answer, stream)
    finally:
        stream.close()
        tracing.end(asking)
    _learn(answer, model, context.tokens)


def _learn(answer: Answer, model: str, tokens: int) -> None:
    """Remember how many tokens the provider has counted. An answer with a note may be to fewer
    turns, or by another model."""
    reported = answer.usage.input_tokens if answer.usage else None
    if reported is not None and answer.note is None:
        current_runtime().token_factors.learn(model, tokens, reported)


def _read_stream(answer: Answer, stream: Stream) -> None:
    time_slice = Slice()
    for event in stream:
        if answer.is_over:
            return
        if not add_event(answer, event):
            return answer.end(Status.FAILED, TOO_LONG)
        time_slice.end_if_long()
    answer.end(Status.COMPLETE)


class Slice:
    """The time in which an answer is received without waiting: a model that is faster than the
    server must not starve the others, who have their turn whenever a model is waited for."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def end_if_long(self) -> None:
        """Let the others run if this one has lasted for long."""
        now = time.monotonic()
        if now - self._last > SLICE_SECONDS:
            self._began = now
        if now - self._began > SLICE_SECONDS:
            socketio.sleep(0)
            self._began = now = time.monotonic()
        self._last = now


def _read_generation(message_id: int) -> Generation | None:
    message = db.session.get(Message, message_id)
    if message is None or not message.is_streaming:
        return None
    conversation = message.conversation
    model = message.model or conversation.model
    about = (message.id, message.public_id, conversation.public_id, message.created_at, model)
    answer = Answer(*about, is_shown=message.hidden_with is None)
    if message.continues is not None:  # it goes on with the text of an earlier version
        log = read_log(message.id)
        answer.seq, answer.length = log.seq, len(log.content) + len(log.thinking)
        answer.thought_ms = message.thought_ms
    return Generation(answer, model)
