"""Versions: a retry and an edit keep what they replace, with everything that followed it.

Of the versions of a message one is chosen, for everybody. When another one takes its place, the
chosen one is hidden, with all that follows it: their `hidden_with` names it. When it is chosen
again, exactly these come back. So of the versions of a message one at most is not hidden with
itself: it is where the conversation leads, or where it led when an earlier message was replaced.

To a reader it looks as if what is hidden was removed, and as if what is shown again was written a
moment ago: it gets a new position and a new id. An id that was removed never comes back. To a list
it is nothing new: whoever had read all that was shown has read this, too.

Everything here runs in the caller's transaction, which has locked the conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, false, func, or_, select, update
from sqlalchemy.orm import aliased

from app.database import NO_SYNC
from app.errors import Conflict
from app.extensions import db
from app.models.columns import new_public_id
from app.models.conversation import Conversation
from app.models.membership import Membership
from app.models.message import Message, Role
from app.models.paging import page_after

MAX_VERSIONS = 50
TOO_MANY_VERSIONS = f"That has {MAX_VERSIONS} versions already, and can't have more."
NO_SUCH_VERSION = "That version does not exist."


class Segment(NamedTuple):
    """A part of the way to a message: what is hidden with a version, or shown where that is None.

    It has the questions before position `end` and the answers to them, but for those to `question`
    from position `without` on: in their place another version is, or they are not before it.
    """

    hidden_with: int | None
    end: int
    question: int | None
    without: int


class Swap(NamedTuple):
    """A version that is hidden, and the one that is shown in its place."""

    outgoing: Message
    incoming: Message


class Shown(NamedTuple):
    """What a choice leads to: the public ids of what is hidden, the messages that are shown (None
    where they are more than a page), and the outermost version that was exchanged."""

    removed: Sequence[str]
    added: Sequence[Message] | None
    swap: Swap


def next_version(old: Message) -> dict[str, int]:
    """Return the fields of a new version of a message that is shown.

    Raises Conflict where it has as many as it may have.
    """
    if old.versions >= MAX_VERSIONS:
        raise Conflict(TOO_MANY_VERSIONS)
    number = old.versions + 1
    return {"version_of": first_version(old), "version": number, "versions": number}


def first_version(message: Message) -> int:
    """Return the key of the first version of a message."""
    return message.version_of or message.id


def hide_from(conversation: Conversation, message: Message) -> Sequence[str]:
    """Hide a shown message and all that follows it; return their public ids, in order."""
    return _hide(conversation, message, _from(message))


def hide_alone(conversation: Conversation, message: Message) -> Sequence[str]:
    """Hide a shown message that nothing follows but questions without answers; return its public
    id."""
    return _hide(conversation, message, Message.id == message.id)


def find(conversation: Conversation, public_id: str, version: int | None = None) -> Message:
    """Return a version of the message with this id, whether it is shown or not; None: itself.

    Raises Conflict where there is none.
    """
    here = select(Message).where(Message.conversation_id == conversation.id)
    found = db.session.scalar(here.where(Message.public_id == public_id))
    if found is not None and version is not None:
        found = db.session.scalar(here.where(_same_as(found), Message.version == version))
    if found is None:
        raise Conflict(NO_SUCH_VERSION)
    return found


def show(conversation: Conversation, message: Message) -> Shown:
    """Show a hidden message: choose the versions that lead to it, and all that belongs to them."""
    swaps = _swaps_to(message)
    removed = _hide_for_another(conversation, swaps[0].outgoing)
    for outgoing, _ in swaps[1:]:
        _set_hidden(outgoing, _from(outgoing))
    position = conversation.position
    _place(conversation, swaps)
    Membership.keep_read(conversation.id, position, conversation.position)
    db.session.expire_all()
    return Shown(removed, page_after(conversation, position), swaps[0])


def way_to(answer: Message) -> list[Segment]:
    """Return the segments that lead to an answer, its own first: one, if it is shown."""
    return [_before(answer), *(_before(swap.outgoing) for swap in reversed(_swaps_to(answer)))]


def _hide_for_another(conversation: Conversation, message: Message) -> Sequence[str]:
    """Hide a message and what follows it. What people have told each other since an answer stays,
    where nobody has asked anything since."""
    others = select(Message.id).where(_from(message), Message.id != message.id, ~_is_to_everybody())
    is_last = message.role == Role.ASSISTANT and db.session.scalar(others.limit(1)) is None
    return (hide_alone if is_last else hide_from)(conversation, message)


def _is_later_or_asks(message: Message, asked: type[Message]) -> ColumnElement[bool]:
    return or_(asked.position > message.position, ~_is_to_everybody(asked))


def _is_to_everybody(message: type[Message] = Message) -> ColumnElement[bool]:
    return (message.role == Role.USER) & func.coalesce(message.asks == (), false())


def _hide(
    conversation: Conversation, message: Message, which: ColumnElement[bool]
) -> Sequence[str]:
    removed = sorted(_set_hidden(message, which))
    conversation.revision += 1
    return [public_id for _, public_id in removed]


def _set_hidden(message: Message, which: ColumnElement[bool]) -> Sequence[Row[int, str]]:
    """Hide messages together with one; return their positions and public ids."""
    hidden = update(Message).where(which).values(hidden_with=message.id)
    hidden = hidden.returning(Message.position, Message.public_id)
    return db.session.execute(hidden, execution_options=NO_SYNC).all()


def _before(message: Message) -> Segment:
    """Return what precedes a message, of what is shown or hidden together with it."""
    return Segment(message.hidden_with, _start(message), message.question_id, message.position)


def _from(message: Message) -> ColumnElement[bool]:
    """Select a message and what follows it, of what is shown or hidden together with it.

    An answer belongs to its question: between the two there may be questions that waited, and what
    was said to everybody. The answers of several models to one question follow one another.
    """
    asked = aliased(Message)
    later = select(asked.id).where(
        *(_together_with(message, asked), asked.role == Role.USER),
        *(asked.position >= _start(message), _is_later_or_asks(message, asked)),
    )
    next_answers = (Message.question_id == message.question_id) & (
        Message.position > message.position
    )
    either = or_(
        *(Message.id == message.id, next_answers),
        *(Message.id.in_(later), Message.question_id.in_(later)),
    )
    return _together_with(message, Message) & either


def _together_with(message: Message, other: type[Message]) -> ColumnElement[bool]:
    here = other.conversation_id == message.conversation_id
    return here & other.hidden_with.is_not_distinct_from(message.hidden_with)


def _start(message: Message) -> int:
    """Return the position from which on all questions belong to this version of a message."""
    if message.role == Role.USER:
        return message.position
    return db.session.get_one(Message, message.question_id).position + 1


def _swaps_to(message: Message) -> list[Swap]:
    """Return what must be exchanged so that a message is shown, the outermost first."""
    swaps: list[Swap] = []
    while message.hidden_with is not None:
        incoming = db.session.get_one(Message, message.hidden_with)
        message = _in_place_of(incoming)
        swaps.insert(0, Swap(message, incoming))
    return swaps


def _in_place_of(message: Message) -> Message:
    """Return the version of a message that is not hidden with itself."""
    leading = Message.hidden_with.is_distinct_from(Message.id)
    return db.session.scalars(select(Message).where(_same_as(message), leading)).one()


def _same_as(message: Message) -> ColumnElement[bool]:
    first = first_version(message)
    return (Message.id == first) | (Message.version_of == first)


def _place(conversation: Conversation, swaps: Sequence[Swap]) -> None:
    """Show what is hidden with the incoming versions, at the end of the conversation."""
    counts = {incoming.id: outgoing.versions for outgoing, incoming in swaps}
    rows = []
    for row in _hidden_with(list(counts)):
        conversation.position += 1
        rows.append(
            {
                "id": row.id,
                "public_id": new_public_id(),
                "position": conversation.position,
                "hidden_with": None,
                "versions": counts.get(row.id, row.versions),
            }
        )
    db.session.flush()
    db.session.execute(update(Message), rows)


def _hidden_with(versions: Sequence[int]) -> Iterator[Row[int, int]]:
    """Yield what is hidden with each of these versions, in the order in which it was shown."""
    for version in versions:
        hidden = select(Message.id, Message.versions).where(Message.hidden_with == version)
        yield from db.session.execute(hidden.order_by(Message.position))
