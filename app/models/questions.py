"""Asking, editing, retrying and choosing.

Everything here runs in the caller's transaction, and locks the conversation first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from app.errors import Conflict
from app.extensions import db
from app.models import versions
from app.models.columns import is_public_id
from app.models.continuing import begin_with, can_go_on
from app.models.conversation import UNTITLED, Conversation
from app.models.ending import Ending, end
from app.models.file import attach
from app.models.message import Message, Role, Status
from app.models.rights import Action
from app.models.titles import retitle, title_from
from app.models.used_idempotency_key import UsedIdempotencyKey
from app.models.waiting import begin_answer, next_answer, start_answer

MAX_ASKED = 5  # models, by one message
EDITED_SINCE = "That question has been asked before, and edited since."
NOT_YOUR_QUESTION = "Only a question can be edited, and only by whoever asked it."
NOT_SHOWN = "Another version of that question is shown by now."
NOT_THE_LAST_ANSWER = "Only the last answer can be retried, after it has ended."
COMPLETE = "Only an answer that was stopped, interrupted or cut off can be continued."


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody writes; `html` is its rendered text; `key` is the client's idempotency key;
    `model` is the one to answer, None for the conversation's.

    `asks` are the models that answer, one after the other: () for a message to everybody, None for
    the one model. With `by_rule` the conversation says whether a message that names none asks it.
    """

    author_id: int
    content: str
    html: str
    key: str | None = None
    model: str | None = None
    asks: tuple[str, ...] | None = None
    mentions: tuple[str, ...] | None = None
    by_rule: bool = False
    replaces: str | None = None  # the public id of the question that this is an edit of
    quotes: str | None = None  # the public id of a message
    files: tuple[str, ...] | None = None  # public ids; None: those of the question it replaces
    waits: bool = False  # for a process that can answer it


@dataclass(frozen=True, slots=True)
class Change:
    """What has happened to a conversation. An idempotency key that is known changes nothing.

    `message` is the question that was asked or answered, or the version that was chosen; `answer`
    is the answer to that question where it has begun. `added` are shown from now on, None where
    they are more than a page, and `removed` are no longer shown. `begun` is an answer to be
    written, and `stopped` the key of one that was being written.
    """

    message: Message
    answer: Message | None = None
    added: Sequence[Message] | None = ()
    removed: Sequence[str] = ()
    begun: Message | None = None
    stopped: int | None = None
    retitled: bool = False


def ask(conversation: Conversation, question: Question) -> Change:
    """Store a question and start its answer, unless another is being written.

    Raises NotFound or Forbidden where its author may not write here, or no longer.
    """
    conversation.allow(question.author_id, Action.WRITE)
    if known := _known_question(conversation, question.key):
        return Change(known, known.answer)
    is_first = conversation.position == 0
    change = _add(conversation, question)
    subject = question.content or _names(change.message)
    return replace(change, retitled=is_first and retitle(conversation, UNTITLED, subject))


def edit(conversation: Conversation, public_id: str, question: Question) -> Change:
    """Put another version in the place of a question. An answer to it that streams is stopped.

    Raises Conflict if it is no question, is somebody else's, or has too many versions; NotFound or
    Forbidden where its author may not write here, or no longer.
    """
    conversation.allow(question.author_id, Action.WRITE)
    if known := _known_question(conversation, question.key):
        return Change(known, known.answer)
    old = versions.find(conversation, public_id)
    if old.role != Role.USER or old.author is None or old.author_id != question.author_id:
        raise Conflict(NOT_YOUR_QUESTION)
    if old.hidden_with is not None:
        raise Conflict(NOT_SHOWN)
    version = versions.next_version(old)
    retitled = retitle(conversation, title_from(old.content), question.content)
    stopped = _stop(old.streaming_answer, old.author.name)
    removed = versions.hide_from(conversation, old)
    quotes = question.quotes or old.quotes
    new = replace(question, replaces=public_id, quotes=quotes, files=_files(question, old))
    change = _add(conversation, new, version, old)
    return replace(change, removed=removed, stopped=stopped, retitled=retitled)


def retry(
    conversation: Conversation, public_id: str, user_id: int, model: str | None = None
) -> Change:
    """Put another version in the place of the last answer; by `model`, or by the same as before.

    Raises Conflict if it is not the last answer, is still being written, or has too many versions;
    NotFound or Forbidden where the user may not write here, or no longer.
    """
    conversation.allow(user_id, Action.WRITE)
    old = _last_answer(conversation, public_id)
    return _replace_answer(conversation, old, model or old.model, user_id)


def go_on(conversation: Conversation, public_id: str, user_id: int) -> Change:
    """Put another version in the place of the last answer, which begins with all its text.

    Raises Conflict where a retry would, and if the answer is complete; NotFound or Forbidden where
    the user may not write here, or no longer.
    """
    conversation.allow(user_id, Action.WRITE)
    old = _last_answer(conversation, public_id)
    if not can_go_on(old):
        raise Conflict(COMPLETE)
    return _replace_answer(conversation, old, old.model, user_id, begins_with=old)


def choose(
    conversation: Conversation, public_id: str, user_id: int, version: int | None = None
) -> Change:
    """Show a version of the message with this id, or the message itself, and what followed it.

    Raises Conflict where there is no such version; NotFound or Forbidden where the user may not
    write here, or no longer.
    """
    conversation.allow(user_id, Action.WRITE)
    chosen = versions.find(conversation, public_id, version)
    if chosen.hidden_with is None:
        return Change(chosen)
    shown = versions.show(conversation, chosen)
    before, after = shown.swap
    was_named = before.role == Role.USER
    retitled = was_named and retitle(conversation, title_from(before.content), after.content)
    begun = next_answer(conversation)
    added = shown.added if shown.added is None or begun is None else (*shown.added, begun)
    return Change(chosen, None, added, shown.removed, begun, retitled=retitled)


def answer_next(conversation: Conversation) -> Change | None:
    """Start the answer to the next waiting question; None if none waits, or an answer streams."""
    conversation.lock()
    answer = next_answer(conversation)
    if answer is None:
        return None
    question = db.session.get_one(Message, answer.question_id)
    return Change(question, answer, (answer,), begun=answer)


def _known_question(conversation: Conversation, key: str | None) -> Message | None:
    """Return the question that was asked with this key; Conflict if another version of it, or of
    one before it, is shown since."""
    if key is None:
        return None
    asked = (Message.conversation_id == conversation.id) & (Message.key == key)
    known = db.session.scalar(select(Message).where(asked))
    is_hidden = known is not None and known.hidden_with is not None
    if is_hidden or UsedIdempotencyKey.exists(conversation.id, key):
        raise Conflict(EDITED_SINCE)
    return known


def _add(
    conversation: Conversation,
    question: Question,
    version: Mapping[str, Any] | None = None,
    before: Message | None = None,
) -> Change:
    """Add a question and start its answer, or let it wait; one that asks nobody gets none.
    `before` is the version that it replaces."""
    conversation.model = question.model or conversation.model
    asks = _asks(conversation, question)
    busy = asks != () and (
        question.waits
        or Message.streaming_in(conversation)
        or Message.next_waiting_in(conversation)
    )
    message = Message.add(
        conversation,
        Role.USER,
        question.content,
        author_id=question.author_id,
        content_html=question.html,
        key=question.key,
        model=question.model,
        asks=asks,
        mentions=question.mentions or None,
        replaces=question.replaces,
        quotes=_quoted(conversation, question.quotes),
        seq=1,
        waiting=bool(busy),
        **(version or {}),
    )
    message.files = attach(message, question.files or (), before)
    if busy or asks == ():
        return Change(message, None, (message,))
    answer = begin_answer(conversation, message)
    return Change(message, answer, (message, answer), begun=answer)


def _asks(conversation: Conversation, question: Question) -> tuple[str, ...] | None:
    """Return whom a question asks, as its author has chosen or else as the conversation says."""
    is_open = question.by_rule and question.asks is None
    return () if is_open and not conversation.asks_by_default() else question.asks


def _files(question: Question, old: Message) -> tuple[str, ...]:
    """Return the files of another version of a question: by default those of the old one."""
    return tuple(each["id"] for each in old.files) if question.files is None else question.files


def _names(message: Message) -> str:
    return ", ".join(each["name"] for each in message.files)


def _quoted(conversation: Conversation, public_id: str | None) -> str | None:
    """Return the id of a message that is quoted; None where it is not here, or no longer."""
    if public_id is None or not is_public_id(public_id):
        return None
    here = select(Message.public_id).where(Message.conversation_id == conversation.id)
    return db.session.scalar(here.where(Message.public_id == public_id))


def _last_answer(conversation: Conversation, public_id: str) -> Message:
    last = Message.last_in(conversation, Role.ASSISTANT)
    if last is None or last.public_id != public_id or last.is_streaming:
        raise Conflict(NOT_THE_LAST_ANSWER)
    return last


def _replace_answer(
    conversation: Conversation,
    old: Message,
    model: str | None,
    user_id: int,
    begins_with: Message | None = None,
) -> Change:
    version = versions.next_version(old)
    question = db.session.get_one(Message, old.question_id)
    removed = versions.hide_alone(conversation, old)
    fields = {**version, "asked_by": user_id}
    answer = start_answer(conversation, question, model, fields)
    if begins_with:
        begin_with(answer, begins_with)
    return Change(question, answer, (answer,), removed, begun=answer)


def _stop(answer: Message | None, name: str) -> int | None:
    """Stop an answer, if it streams; return its key."""
    if answer is None or not answer.is_streaming:
        return None
    end(Ending(answer.id, Status.STOPPED, note=f"Stopped by {name}."))
    return answer.id
