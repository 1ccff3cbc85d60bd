"""What a reader lacks, read from the database in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.events.payloads import (
    conversation_payload,
    message_payload,
    removed_payload,
    state_payload,
)
from app.events.shapes import ConversationPayload, MessagePayload, ProgressPayload, RemovedPayload
from app.extensions import db
from app.models import Conversation, Message
from app.models.columns import is_public_id
from app.models.log import Delta, last_seq, read_log
from app.models.paging import fits_a_page, last_page, page_after
from app.models.stats import stats_of
from app.models.user import members_of
from app.schemas import Join


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What readers with the same cursor are sent, so that they hold all that is committed."""

    conversation: ConversationPayload
    member_ids: frozenset[int]  # in the transaction that read the rest
    reload: bool = False
    messages: list[MessagePayload] = field(default_factory=list)
    states: list[ProgressPayload] = field(default_factory=list)
    removed: RemovedPayload | None = None


def read_catch_up(join: Join) -> CatchUp | None:
    """Return what readers with this cursor lack, in the caller's transaction.

    None where the conversation is gone.
    """
    conversation = Conversation.by_public_id(join.conversation)
    if conversation is None:
        return None
    members = members_of([conversation.id])[conversation.id]
    here = conversation_payload(conversation, members)
    member_ids = frozenset(member.id for member in members)
    missing = _missing(conversation, join)
    if missing is None:
        return CatchUp(here, member_ids, reload=True)
    believed = _believed_streaming(conversation, join)
    gone = sorted(set(join.have) - {message.public_id for message in believed})
    return CatchUp(
        here,
        member_ids,
        messages=[message_payload(message, conversation) for message in missing],
        states=list(_states(conversation, join, believed)),
        removed=removed_payload(conversation, gone) if gone else None,
    )


def _missing(conversation: Conversation, join: Join) -> list[Message] | None:
    """Return the messages after the reader's position; None if it has to start over."""
    if join.revision is not None and join.revision != conversation.revision:
        return None
    # they may all have ended meanwhile; then they are sent from the beginning
    if not fits_a_page(conversation, _ids(join)):
        return None
    if join.after is None:
        return []
    if join.after == 0:
        return last_page(conversation)
    return page_after(conversation, join.after)


def _states(
    conversation: Conversation, join: Join, believed: Sequence[Message]
) -> Iterator[ProgressPayload]:
    """Yield the state of what is streaming, and of what the reader believes is streaming."""
    if (streaming := Message.streaming_in(conversation)) is not None:
        yield state_of(conversation, streaming, join)
    for message in believed:
        if not message.is_streaming:
            yield state_of(conversation, message, join)


def state_of(conversation: Conversation, message: Message, join: Join) -> ProgressPayload:
    """Return the state of a message for a reader with this cursor; all of it if it has ended."""
    delta = _growth(message, join) if message.is_streaming else message.stored_text
    return state_payload(message, conversation, delta, stats_of(message))


def _growth(message: Message, join: Join) -> Delta:
    """Return the text after what the reader holds; all of it if it claims more than there is."""
    seq = join.have.get(message.public_id, 0)
    return read_log(message.id, seq if seq <= last_seq(message.id) else 0)


def _believed_streaming(conversation: Conversation, join: Join) -> Sequence[Message]:
    """Return the messages in `join.have` that still exist in this conversation, in order."""
    if not join.have:
        return []
    named = Message.of(conversation).where(Message.public_id.in_(_ids(join)))
    return db.session.scalars(named.order_by(Message.position)).all()


def _ids(join: Join) -> list[str]:
    return [public_id for public_id in join.have if is_public_id(public_id)]
