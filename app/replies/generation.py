"""The background task that receives one answer from its model, and what follows its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from sqlalchemy import select

from app.database import read, write
from app.events import emit
from app.events.payloads import Announcement, announcement
from app.extensions import db, socketio
from app.markdown import render
from app.models import Conversation, Message, Status, asking
from app.models.ending import store_html, unrendered
from app.providers import Event, Note, ProviderError, Stream, Thinking, Turn, Usage
from app.replies.context import turns_before
from app.replies.in_flight import TOO_LONG, Answer, Fragment
from app.replies.runtime import current_runtime

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.005
UNEXPECTED = "Something went wrong while the answer was being written."


def begin_all(shapes: Iterable[Announcement]) -> None:
    """Begin to receive those of these messages that are answers to be written."""
    runtime = current_runtime()
    for shape in shapes:
        if shape["status"] == Status.STREAMING:
            runtime.beginnings.add(shape["id"])
            runtime.in_background(begin, shape["id"])


def begin(public_id: str) -> None:
    """Receive an answer to its end, however it ends, and see to what comes after."""
    taken = take_on(public_id)
    if taken is None:
        return  # stopped before it began
    answer, model, turns = taken
    _receive(answer, model, turns)
    current_runtime().beat.ring()
    answer.settled.wait()
    conclude(answer.message_id)


def take_on(public_id: str) -> tuple[Answer, str, list[Turn]] | None:
    """Let the beat carry an answer; return it, its model, and what the model gets to read."""
    runtime = current_runtime()
    try:
        opened = read(lambda: _open(public_id))
        if opened is not None:
            runtime.beat.carry(opened[0])
        return opened
    finally:
        runtime.beginnings.discard(public_id)


def conclude(message_id: int) -> None:
    """Give the next question its turn, and store the rendered text beside an ended message.

    Safe to call twice; rendering a long text takes a while, so it is done outside of any
    transaction and off the hub.
    """
    awaiting, text = read(lambda: (_awaiting(message_id), unrendered(message_id)))
    if awaiting is not None:
        begin_next(awaiting)
    if text is not None:
        runtime = current_runtime()
        with runtime.rendering:  # many at once would leave those who hear others no time
            html = runtime.offload(render, text)
        write(lambda: store_html(message_id, html))


def begin_next(conversation_id: int) -> None:
    """Begin the answer to the question whose turn it is, if there is one."""

    def work() -> list[Announcement]:
        conversation = db.session.get(Conversation, conversation_id)
        reply = asking.answer_next(conversation) if conversation else None
        return [announcement(reply, conversation)] if conversation and reply else []

    with current_runtime().beginning():
        if current_runtime().is_closing:
            return  # it keeps its place; another process, or the next start, gives it its turn
        shapes = write(work)
        for shape in shapes:
            emit.message(shape)
        begin_all(shapes)


def _open(public_id: str) -> tuple[Answer, str, list[Turn]] | None:
    message = db.session.scalar(select(Message).where(Message.public_id == public_id))
    if message is None or not message.is_streaming:
        return None
    where = message.conversation
    answer = Answer(message.id, public_id, where.public_id, message.created_at)
    return answer, message.model or where.model, turns_before(message)


def _awaiting(message_id: int) -> int | None:
    """Return the key of the message's conversation, if a question waits in it."""
    here = select(Message.conversation_id).where(Message.id == message_id).scalar_subquery()
    waiting = select(Message.conversation_id).where(Message.waiting)
    return db.session.scalar(waiting.where(Message.conversation_id == here).limit(1))


def _receive(answer: Answer, model: str, turns: list[Turn]) -> None:
    """Add what the model says to the answer, and decide how it ends."""
    try:
        stream = current_runtime().models.stream(model, turns)
        answer.hang_up = stream.close
        try:
            if not answer.is_over:  # ended while there was nothing to hang up
                _listen(answer, stream)
        finally:
            stream.close()
    except ProviderError as error:
        answer.end(Status.FAILED, error.sentence)
    except Exception:
        logger.exception("Message %s could not be received.", answer.public_id)
        answer.end(Status.FAILED, UNEXPECTED)


def _listen(answer: Answer, stream: Stream) -> None:
    yielded = time.monotonic()
    for event in stream:
        if answer.is_over:
            return
        if not take(answer, event):
            return answer.end(Status.FAILED, TOO_LONG)
        if time.monotonic() - yielded > SLICE_SECONDS:
            socketio.sleep(0)  # a model that is faster than we are must not starve the others
            yielded = time.monotonic()
    answer.end(Status.COMPLETE)


def take(answer: Answer, event: Event) -> bool:
    """Add what a model has said to its answer; False when that is as long as it may get."""
    if isinstance(event, Usage):
        answer.usage = (event.input_tokens, event.output_tokens)
        return True
    if isinstance(event, Note):
        return True
    field = "thinking" if isinstance(event, Thinking) else "content"
    taken = answer.add(Fragment(**{field: event.text}))
    current_runtime().beat.ring()
    return taken
