"""What a reader lacks, read from the database in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

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
from app.models import Conversation, Message
from app.models.columns import is_public_id
from app.models.log import Delta, last_seq, read_log
from app.models.paging import fit_a_page, last_page, page_after
from app.models.stats import stats_of
from app.schemas import Join


@dataclass(frozen=True, slots=True)
class CatchUp:
    """All that leads readers who hold the same to what is committed."""

    description: Description
    member_ids: frozenset[int]
    reload: bool = False
    messages: list[Announcement] = field(default_factory=list)
    states: list[Progress] = field(default_factory=list)
    removal: Removal | None = None

    def has_member(self, user_id: int) -> bool:
        """Say whether somebody could read at the moment of the read."""
        return user_id in self.member_ids


def read_catch_up(conversation_id: int, wish: Join) -> CatchUp | None:
    """Return what readers with this wish lack, in the caller's transaction; None: it is gone."""
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        return None
    here = description(conversation)
    missing = _missing(conversation, wish)
    if missing is None:
        return CatchUp(here, conversation.member_ids, reload=True)
    return CatchUp(
        here,
        conversation.member_ids,
        messages=[announcement(message, conversation) for message in missing],
        states=list(_states(conversation, wish)),
        removal=_removal(conversation, wish),
    )


def _missing(conversation: Conversation, wish: Join) -> list[Message] | None:
    """Return the messages after what the reader holds; None if it has to begin anew."""
    if wish.revision is not None and wish.revision != conversation.revision:
        return None
    if not fit_a_page(conversation, _named(wish)):  # they may all have ended, and come whole
        return None
    if wish.after is None:
        return []
    if wish.after == 0:
        return last_page(conversation)
    return page_after(conversation, wish.after)


def _states(conversation: Conversation, wish: Join) -> Iterator[Progress]:
    """Yield the state of what is streaming, and of what the reader believes is."""
    if (streaming := conversation.streaming) is not None:
        yield _state(conversation, streaming, _growth(streaming, wish))
    for message in _believed(conversation, wish):
        if not message.is_streaming:
            yield _state(conversation, message, message.whole)


def _growth(message: Message, wish: Join) -> Delta:
    held = wish.have.get(message.public_id, 0)
    # whoever claims to hold more than there is gets it from the beginning
    return read_log(message.id, held if held <= last_seq(message.id) else 0)


def _believed(conversation: Conversation, wish: Join) -> list[Message]:
    believed = conversation.messages().where(Message.public_id.in_(_named(wish)))
    return list(db.session.scalars(believed.order_by(Message.position)))


def _named(wish: Join) -> list[str]:
    return [name for name in wish.have if is_public_id(name)]


def _removal(conversation: Conversation, wish: Join) -> Removal | None:
    """Say which messages that the reader believes in are not there."""
    gone = set(wish.have) - {message.public_id for message in _believed(conversation, wish)}
    return removal(conversation, sorted(gone)) if gone else None


def _state(conversation: Conversation, message: Message, delta: Delta) -> Progress:
    return progress_of(message, conversation, delta, stats_of(message))
