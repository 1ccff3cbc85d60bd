"""What readers ask for: each commits first, then tells every reader, then sets off the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from app.database import release, write
from app.errors import Conflict, Unavailable
from app.events import emit
from app.events.payloads import (
    Announcement,
    Description,
    Progress,
    Removal,
    announcement,
    description,
    progress_of,
    removal,
)
from app.extensions import db
from app.markdown import render
from app.models import Conversation, Message, Status, asking
from app.models.editing import Gone
from app.models.ending import Ending, end
from app.models.log import Delta
from app.models.stats import stats_of
from app.replies.generation import begin_all, conclude
from app.replies.runtime import current_runtime

SERVER_CLOSING = "The server is about to restart. Please try again in a moment."
STOPPED_ALREADY = "That answer has ended already."


class Effects(NamedTuple):
    """What a question has led to, in plain values."""

    ack: dict[str, str]
    shapes: list[Announcement]
    retitled: Description | None
    removal: Removal | None = None
    gone: tuple[Gone, ...] = ()


def ask(conversation_id: int, author_id: int, content: str, key: str | None) -> dict[str, str]:
    """Store a question and begin its answer; return their ids, as `send` acknowledges them."""
    release()
    question = asking.Question(author_id, content, current_runtime().offload(render, content), key)
    with beginning():
        return tell(write(lambda: _ask(conversation_id, question)))


def retry(conversation_id: int, message_id: str) -> dict[str, str]:
    """Replace the last answer; return the new one's id, as `retry` acknowledges it."""
    with beginning():
        gone, shape = write(lambda: _retry(conversation_id, message_id))
        emit.removed(gone)
        emit.message(shape)
        begin_all([shape])
    return {"reply": shape["id"]}


def stop(message_id: int) -> None:
    """End a streaming answer where it is; raises Conflict if it has ended already."""
    if not end_now(Ending(message_id, Status.STOPPED)):
        raise Conflict(STOPPED_ALREADY)


def end_now(ending: Ending) -> bool:
    """End an answer from outside of its task, tell everyone, and see to what comes after.

    Returns False where somebody else has ended it: then nothing has happened.
    """
    shape = write(lambda: _end(ending))
    if shape is None:
        return False
    emit.streaming_end(shape)
    current_runtime().beat.drop(ending.message_id)
    current_runtime().in_background(conclude, ending.message_id)
    return True


def tell(effects: Effects) -> dict[str, str]:
    """Tell every reader, set off the work, and return the acknowledgement."""
    if effects.removal:
        emit.removed(effects.removal)
    for message in effects.gone:
        current_runtime().beat.drop(message.key)
    for shape in effects.shapes:
        emit.message(shape)
    if effects.retitled:
        emit.conversation(effects.retitled)
    begin_all(effects.shapes)
    return effects.ack


def effects_of(asked: asking.Asked, conversation: Conversation) -> Effects:
    """Return what a question has led to in plain values, before the commit."""
    ack = {"id": asked.message.public_id}
    if asked.reply:
        ack["reply"] = asked.reply.public_id
    news = [message for message in (asked.message, asked.reply) if message and asked.is_new]
    shapes = [announcement(message, conversation) for message in news]
    return Effects(ack, shapes, description(conversation) if asked.retitled else None)


@contextmanager
def beginning() -> Iterator[None]:
    """Do inside what begins an answer; Unavailable where that would be cut off in a moment."""
    with current_runtime().beginning():
        if current_runtime().is_closing:
            raise Unavailable(SERVER_CLOSING)
        yield


def _ask(conversation_id: int, question: asking.Question) -> Effects:
    conversation = db.session.get_one(Conversation, conversation_id)
    return effects_of(asking.ask(conversation, question), conversation)


def _retry(conversation_id: int, message_id: str) -> tuple[Removal, Announcement]:
    conversation = db.session.get_one(Conversation, conversation_id)
    ids, reply = asking.retry(conversation, message_id)
    return removal(conversation, ids), announcement(reply, conversation)


def _end(ending: Ending) -> Progress | None:
    last = end(ending)
    return _last_entry(ending, last) if last else None


def _last_entry(ending: Ending, last: Delta) -> Progress:
    message = db.session.get_one(Message, ending.message_id)
    return progress_of(message, message.conversation, last, stats_of(message))
