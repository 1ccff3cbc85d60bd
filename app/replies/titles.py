"""Names a conversation after its first answer, by the model that TITLE_MODEL names.

Until then, and whenever that fails, a conversation is named after its first question.
"""

from __future__ import annotations

import logging
from threading import Semaphore
from typing import NamedTuple

from app.background import start_task
from app.config import current_config
from app.database import read, write
from app.extensions import db, socketio
from app.models import Conversation, Message, Role, Status
from app.models.conversation import UNTITLED
from app.models.titles import title_from
from app.providers import ProviderError, Stream, Turn, beginning_of
from app.replies.runtime import current_runtime
from app.text import plain_line

logger = logging.getLogger(__name__)

TITLE_SECONDS = 20.0
WAIT_SECONDS = 60.0
MAX_EXCERPT = 2000  # characters of the question, and of the answer
MAX_TITLE = 300  # characters that are read of what the model says
QUOTES = "\"'“”„«»‘’*#.: "  # noqa: RUF001  (quotation marks of all kinds)
TASK = (
    "Give the conversation below a title of two to six words, in its own language."
    " Answer with the title alone.\n\nQuestion:\n{question}\n\nAnswer:\n{answer}"
)

_slots = Semaphore(2)


class Exchange(NamedTuple):
    """The first question of a conversation and its answer, and the title that it has so far."""

    conversation_id: int
    title: str
    question: str
    answer: str


def title_by_model(message_id: int) -> None:
    """Start to name the conversation of this answer, if it is the first and nobody has named it."""
    if current_config().title_model is not None:
        exchange = read(lambda: _first_exchange(message_id))
        if exchange is not None:
            start_task(name, exchange)


def name(exchange: Exchange) -> None:
    """Ask the model for a title, and store it unless somebody has named the conversation since."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        return
    try:
        title = _checked(_said(exchange))
        if title:
            write(lambda: _rename(exchange, title))
    except ProviderError as error:
        logger.warning("No title from the model: %s", error.sentence)
    except Exception:
        logger.exception("A conversation could not be named.")
    finally:
        _slots.release()


def _first_exchange(message_id: int) -> Exchange | None:
    message = db.session.get(Message, message_id)
    if message is None or message.status != Status.COMPLETE or message.role != Role.ASSISTANT:
        return None
    question = db.session.get_one(Message, message.question_id)
    first = Message.of(message.conversation).where(Message.role == Role.USER)
    if db.session.scalars(first.order_by(Message.position).limit(1)).one() is not question:
        return None
    conversation = message.conversation
    if conversation.title != title_from(question.content):
        return None
    return Exchange(conversation.id, conversation.title, question.content, message.content)


def _said(exchange: Exchange) -> str:
    question, answer = exchange.question[:MAX_EXCERPT], exchange.answer[:MAX_EXCERPT]
    turn = Turn("user", TASK.format(question=question, answer=answer))
    stream = current_runtime().models.stream(str(current_config().title_model), [turn])
    start_task(_close_later, stream)
    return beginning_of(stream, MAX_TITLE)


def _close_later(stream: Stream) -> None:
    socketio.sleep(TITLE_SECONDS)
    stream.close()


def _checked(said: str) -> str | None:
    """Return what a model said as a title; None if it can't be one."""
    line = plain_line(said.strip()[:MAX_TITLE])
    title = title_from(line.strip(QUOTES))
    return None if title == UNTITLED else title


def _rename(exchange: Exchange, title: str) -> None:
    conversation = db.session.get(Conversation, exchange.conversation_id)
    if conversation and conversation.lock().title == exchange.title:
        conversation.rename(title)
