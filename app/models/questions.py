"""Asking, editing and retrying, and whose turn it is to be answered.

Everything here runs in the caller's transaction, and locks the conversation first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, literal, select
from sqlalchemy.orm import aliased

from app.characters import balanced, cut, is_invisible
from app.errors import Conflict
from app.extensions import db
from app.models.conversation import UNTITLED, Conversation
from app.models.message import STREAMING, WAITING, Message, Role, Status
from app.models.rights import Action
from app.models.search_text import index_title
from app.models.used_idempotency_key import UsedIdempotencyKey
from app.text import NOT_IN_A_LINE

TITLE_FROM_QUESTION = 60  # characters, at most
EDITED_SINCE = "That question has been asked before, and edited since."
NOT_THE_LAST_QUESTION = "Only the last question can be edited, and only by whoever asked it."
NOT_THE_LAST_ANSWER = "Only the last answer can be retried, after it has ended."

# Built once: it is looked for a few times a second, and building it takes longer.
STREAMS = (
    select(literal(1))
    .select_from(answer := aliased(Message))
    .where(STREAMING, answer.conversation_id == Message.conversation_id)
    .correlate(Message)
    .exists()
)
WAITING_CONVERSATIONS = (
    select(Message.conversation_id)
    .where(WAITING, ~STREAMS, Message.conversation_id.not_in(bindparam("without", expanding=True)))
    .order_by(Message.id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks; `html` is its rendered text; `key` is the client's idempotency key;
    `model` is the one to answer, None for the conversation's."""

    author_id: int
    content: str
    html: str
    key: str | None = None
    model: str | None = None
    replaces: str | None = None  # the public id of the question that this is an edit of


class RemovedMessage(NamedTuple):
    """A message that is gone."""

    id: int
    public_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """What has happened to a conversation: a question, its answer where one has started, and which
    messages are new or gone. An idempotency key that is known already changes nothing."""

    question: Message
    answer: Message | None
    added: tuple[Message, ...] = ()
    removed: tuple[RemovedMessage, ...] = ()
    retitled: bool = False


def ask(conversation: Conversation, question: Question) -> Change:
    """Store a question and start its answer, unless another is being written.

    Raises NotFound or Forbidden where its author may not write here, or no longer.
    """
    conversation.allow(question.author_id, Action.WRITE)
    if known := _known_question(conversation, question.key):
        return Change(known, known.answer)
    retitled = conversation.position == 0 and _retitle(conversation, UNTITLED, question.content)
    return replace(_add(conversation, question), retitled=retitled)


def edit(conversation: Conversation, public_id: str, question: Question) -> Change:
    """Replace the last question and its answer, which may still be streaming, by another question.

    Raises Conflict if it is not the last question, or is somebody else's; NotFound or Forbidden
    where its author may not write here, or no longer.
    """
    conversation.allow(question.author_id, Action.WRITE)
    if known := _known_question(conversation, question.key):
        return Change(known, known.answer)
    old = Message.last_in(conversation, Role.USER)
    if old is None or (old.public_id, old.author_id) != (public_id, question.author_id):
        raise Conflict(NOT_THE_LAST_QUESTION)
    retitled = _retitle(conversation, title_from(old.content), question.content)
    UsedIdempotencyKey.add(conversation.id, old.key)
    removed = _remove(conversation, old, old.answer)
    change = _add(conversation, replace(question, replaces=public_id))
    return replace(change, removed=removed, retitled=retitled)


def retry(conversation: Conversation, public_id: str) -> Change:
    """Replace the last answer by a new one.

    Raises Conflict if it is not the last answer, or is still being written.
    """
    conversation.lock()
    old = Message.last_in(conversation, Role.ASSISTANT)
    if old is None or old.public_id != public_id or old.is_streaming:
        raise Conflict(NOT_THE_LAST_ANSWER)
    question = db.session.get_one(Message, old.question_id)
    removed = _remove(conversation, old)
    answer = _start_answer(conversation, question)
    return Change(question, answer, (answer,), removed)


def answer_next(conversation: Conversation) -> Change | None:
    """Start the answer to the next waiting question; None if none waits, or an answer streams."""
    conversation.lock()
    question = Message.next_waiting_in(conversation)
    if question is None or Message.streaming_in(conversation) is not None:
        return None
    question.waiting = False
    answer = _start_answer(conversation, question)
    return Change(question, answer, (answer,))


def waiting_conversations(most: int, without: Collection[int] = ()) -> list[int]:
    """Return the keys of conversations with a question that may be answered now: those of the
    oldest questions, `most` at most, and none of `without`."""
    keys = db.session.scalars(WAITING_CONVERSATIONS, {"most": most, "without": list(without)})
    return list(dict.fromkeys(keys))


def title_from(question: str) -> str:
    """Return a question as a title: on one line, and not too long."""
    line = " ".join(NOT_IN_A_LINE.sub(" ", question).split())
    if len(line) > TITLE_FROM_QUESTION:
        line = _beginning(line)
    line = balanced(line)
    return UNTITLED if is_invisible(line) else line


def _beginning(line: str) -> str:
    """Return whole words, or whole characters where a word is long; "" where one is too long."""
    words = line[:TITLE_FROM_QUESTION].rpartition(" ")[0]
    is_long_enough = len(words) > TITLE_FROM_QUESTION // 2
    beginning = words if is_long_enough else cut(line, TITLE_FROM_QUESTION - 1)
    return beginning and f"{beginning}…"


def _known_question(conversation: Conversation, key: str | None) -> Message | None:
    """Return the question that was asked with this key; Conflict if it was edited since."""
    if key is None:
        return None
    if UsedIdempotencyKey.exists(conversation.id, key):
        raise Conflict(EDITED_SINCE)
    return db.session.scalar(Message.of(conversation).where(Message.key == key))


def _add(conversation: Conversation, question: Question) -> Change:
    """Add a question and start its answer, or let it wait."""
    conversation.model = question.model or conversation.model
    busy = Message.streaming_in(conversation) or Message.next_waiting_in(conversation)
    message = Message.add(
        conversation,
        Role.USER,
        question.content,
        author_id=question.author_id,
        content_html=question.html,
        key=question.key,
        model=question.model,
        replaces=question.replaces,
        seq=1,
        waiting=busy is not None,
    )
    if busy:
        return Change(message, None, (message,))
    answer = _start_answer(conversation, message)
    return Change(message, answer, (message, answer))


def _start_answer(conversation: Conversation, question: Message) -> Message:
    return Message.add(
        conversation,
        Role.ASSISTANT,
        status=Status.STREAMING,
        model=question.model or conversation.model,
        question_id=question.id,
    )


def _remove(conversation: Conversation, *messages: Message | None) -> tuple[RemovedMessage, ...]:
    found = [message for message in messages if message]
    removed = tuple(RemovedMessage(message.id, message.public_id) for message in found)
    Message.remove(conversation, found)
    return removed


def _retitle(conversation: Conversation, old: str, question: str) -> bool:
    """Name a conversation after a question, unless somebody has given it another title."""
    if conversation.title != old:
        return False
    conversation.title = title_from(question)
    index_title(conversation.id, conversation.title)
    return True
