"""What people ask for: each request commits first, then tells every reader, then starts work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from app.background import start_task
from app.config import current_config
from app.database import write, write_in_turn
from app.errors import Invalid
from app.events import emit, lists
from app.events.announcing import announce, rejoin_soon
from app.events.payloads import (
    conversation_payload,
    message_payload,
    removed_payload,
    sender,
    state_payload,
)
from app.events.seen import seen_marks
from app.events.shapes import ConversationPayload, MessagePayload, ProgressPayload, RemovedPayload
from app.extensions import db
from app.markdown import render_typed
from app.models import Assistant, Conversation, Membership, Message, questions
from app.models.columns import now
from app.models.log import read_log
from app.models.paging import PAGE_MESSAGES
from app.models.questions import Change, Question
from app.models.stats import stats_of
from app.replies import telling
from app.replies.addressing import addressed, check_models
from app.replies.allowance import check_allowance
from app.replies.generation import start
from app.replies.offering import check_offered
from app.replies.runtime import current_runtime
from app.replies.staying import check_room
from app.schemas import NOTHING, is_nothing

TOO_MANY_FILES = "A message can have {most} files."

BY_RULE: Final = "by rule"
Asks = Sequence[str] | Literal["by rule"] | None
"""The models that a message asks; None for those that it mentions, or else the conversation's;
BY_RULE for one that asks by default only where the conversation says so."""

Ack = dict[str, str]


class Effects(NamedTuple):
    """What a change leads to, in plain values: they are used after the commit.

    `texts` are those of answers that stream and are shown again. With `reload` there is more to
    send than a page: readers join again instead, and start over.
    """

    message_id: str
    reply: Ack
    messages: list[MessagePayload]
    texts: list[ProgressPayload]
    conversation: ConversationPayload | None
    removed: RemovedPayload | None
    reload: bool
    begun: int | None
    stopped: int | None


class Read(NamedTuple):
    """A conversation's public id, and the position up to which a member has now read it."""

    conversation: str
    position: int


def ask(
    conversation_id: int,
    author_id: int,
    content: str,
    key: str | None,
    model: str | None = None,
    asks: Asks = None,
    quotes: str | None = None,
    files: Sequence[str] = (),
) -> Ack:
    """Store a question and start its answer; return their ids, as `send` acknowledges them.

    `quotes` is the id of a message, `files` are those of uploads. Raises Invalid for a model that
    isn't offered.
    """
    question = _question(conversation_id, author_id, content, key, model, asks, quotes, files)
    effects = _change(
        conversation_id,
        author_id,
        lambda here: questions.ask(here, _in_time(question)),
        can_wait=True,
    )
    return {"id": effects.message_id, **effects.reply}


def edit(
    conversation_id: int,
    message_id: str,
    author_id: int,
    content: str,
    key: str | None,
    model: str | None = None,
    asks: Asks = None,
    files: Sequence[str] | None = None,
) -> Ack:
    """Put another version in the place of a question; return its id and that of its answer. It has
    the same files unless others are given.

    Raises Invalid for a model that isn't offered.
    """
    question = _question(conversation_id, author_id, content, key, model, asks, None, files)
    effects = _change(
        conversation_id,
        author_id,
        lambda here: questions.edit(here, message_id, _in_time(question)),
        can_wait=True,
    )
    return {"id": effects.message_id, **effects.reply}


def retry(conversation_id: int, message_id: str, user_id: int, model: str | None = None) -> Ack:
    """Put another version in the place of the last answer; return its id, as `retry` does.

    Raises Invalid for a model that isn't offered.
    """
    check_models(user_id, "model", model)
    return _change(
        conversation_id, user_id, lambda here: questions.retry(here, message_id, user_id, model)
    ).reply


def go_on(conversation_id: int, message_id: str, user_id: int) -> Ack:
    """Let the last answer go on where it ended, as a version of its own; return its id."""
    return _change(
        conversation_id, user_id, lambda here: questions.go_on(here, message_id, user_id)
    ).reply


def choose(conversation_id: int, message_id: str, user_id: int, version: int | None = None) -> Ack:
    """Show a version of a message to everybody; return the id that it has, as `choose` does."""
    effects = _change(
        conversation_id, None, lambda here: questions.choose(here, message_id, user_id, version)
    )
    return {"id": effects.message_id}


def create(owner_id: int, title: str | None, model: str | None, *, reuse: bool = False) -> str:
    """Start a conversation and return its id; with `reuse` an unused one, where there is one.

    Raises Invalid for a model that isn't offered.
    """
    check_models(owner_id, "model", model)
    name = model or current_runtime().models.offered_to(owner_id).default
    return write(lambda: _create(owner_id, title, name, reuse=reuse and title is None))


def create_with(assistant_id: str, owner_id: int) -> str:
    """Start a conversation with an assistant that somebody can use, and return its id.

    Raises NotFound. A model that is not offered to them any more is replaced by their default.
    """
    models = current_runtime().models.offered_to(owner_id)

    def work() -> str:
        assistant = Assistant.find(assistant_id, owner_id)
        model = assistant.model if assistant.model in models.names else None
        conversation = Conversation.start(owner_id, None, model or models.default)
        assistant.apply_to(conversation)
        return conversation.public_id

    return write(work)


def mark_read(conversation_id: int, user_id: int, position: int) -> None:
    """Store that a member has read a conversation up to a position; tell the member's list, and the
    others in a moment."""
    read = write(lambda: _mark_read(conversation_id, user_id, position))
    if read:
        start_task(lists.announce, conversation_id, user_id)
        seen_marks.add(read.conversation, sender(read.conversation, user_id), read.position)


def _question(
    conversation_id: int,
    author_id: int,
    content: str,
    key: str | None,
    model: str | None,
    asks: Asks,
    quotes: str | None = None,
    files: Sequence[str] | None = (),
) -> Question:
    _check_files(content, files)
    check_models(author_id, "model", model)
    by_rule = asks == BY_RULE
    named, mentions = addressed(
        conversation_id, author_id, content, None if asks == BY_RULE else asks
    )
    html = render_typed(content, mentions)
    about = (author_id, content, html, key, model, named, mentions, by_rule)
    return Question(*about, quotes=quotes, files=None if files is None else tuple(files))


def _in_time(question: Question) -> Question:
    """Let a question wait that comes while this process is ending: another one answers it."""
    return replace(question, waits=current_runtime().is_shutting_down)


def _check_files(content: str, files: Sequence[str] | None) -> None:
    """Refuse a message without text and files, or with too many files."""
    if is_nothing(content, files):
        raise Invalid(NOTHING)
    most = current_config().files.per_message
    if files and len(files) > most:
        raise Invalid(TOO_MANY_FILES.format(most=most))


def _change(
    conversation_id: int,
    asked_by: int | None,
    change: Callable[[Conversation], Change],
    *,
    can_wait: bool = False,
) -> Effects:
    """Commit a change of a conversation, tell every reader, and start the work.

    Raises Invalid where the one who asks something may not ask that model, TooLarge where the model
    has no room for what it always gets, Forbidden where they have used up their limit, and
    ShuttingDown while this process is ending, unless what is asked can wait.
    """

    def work() -> Effects:
        conversation = Conversation.find(conversation_id)
        changed = change(conversation)
        if asked_by is not None:
            check_offered(changed, conversation, asked_by)
            check_room(changed, conversation)
            if changed.added and changed.message.asks != ():
                check_allowance(asked_by)
        return _effects_of(changed, conversation)

    with current_runtime().starting_answer(can_wait=can_wait):
        effects = write_in_turn(work)
        _announce(effects, conversation_id)
        if effects.stopped is not None:
            current_runtime().group_commit.remove(effects.stopped)
        if effects.begun is not None:
            start(effects.begun)
    return effects


def _effects_of(change: Change, conversation: Conversation) -> Effects:
    added, removed = change.added, change.removed
    is_described = change.retitled or bool(removed and conversation.pins)
    is_too_much = added is None or len(removed) > PAGE_MESSAGES
    return Effects(
        message_id=change.message.public_id,
        reply={"reply": change.answer.public_id} if change.answer else {},
        messages=[message_payload(message, conversation) for message in added or ()],
        texts=[_text_so_far(each, conversation) for each in added or () if _has_text(each, change)],
        conversation=conversation_payload(conversation) if is_described else None,
        removed=removed_payload(conversation, removed) if removed else None,
        reload=is_too_much,
        begun=change.begun.id if change.begun else None,
        stopped=change.stopped,
    )


def _has_text(message: Message, change: Change) -> bool:
    """Return whether it streams and has a text already: shown again, or an answer that goes on."""
    return message.is_streaming and (message is not change.begun or message.continues is not None)


def _text_so_far(message: Message, conversation: Conversation) -> ProgressPayload:
    log = read_log(message.id)
    return state_payload(message, conversation, log, stats_of(message))


def _announce(effects: Effects, conversation_id: int) -> None:
    if effects.messages or effects.removed:
        start_task(lists.announce, conversation_id)
    if effects.reload and effects.removed:
        rejoin_soon(effects.removed["conversation"])
    else:
        _announce_messages(effects)
    if effects.conversation:
        announce(emit.conversation, effects.conversation)


def _announce_messages(effects: Effects) -> None:
    if effects.removed:
        announce(emit.removed, effects.removed)
    for message in effects.messages:
        announce(emit.message, message)
        if message["id"] == effects.message_id and "mentions" in message:
            start_task(telling.tell_mentioned, message["id"])
    for text in effects.texts:
        announce(emit.chunk, text)


def _create(owner_id: int, title: str | None, model: str, *, reuse: bool) -> str:
    unused = Conversation.unused_by(owner_id, model) if reuse else None
    if unused is None:
        return Conversation.start(owner_id, title, model).public_id
    unused.updated_at = now()  # it is not swept before it is used
    return unused.public_id


def _mark_read(conversation_id: int, user_id: int, position: int) -> Read | None:
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        return None
    read = Read(conversation.public_id, min(position, conversation.position))
    is_further = Membership.mark_read(conversation_id, user_id, read.position)
    return read if is_further else None
