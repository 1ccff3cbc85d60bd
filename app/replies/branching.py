"""Branches: copies of conversations, made in parts, between which everything else runs."""

from __future__ import annotations

from threading import Semaphore

from app.database import write_in_turn
from app.errors import Unavailable
from app.models import Message
from app.models.branching import Branch, begin_branch, complete, copy_part
from app.slots import slot_of

AT_ONCE = 2
WAIT_SECONDS = 20.0

_slots = Semaphore(AT_ONCE)


def branch(message_id: int, user_id: int) -> str:
    """Copy a conversation up to a message, for one of those who may read it; return the copy's id.

    Raises Conflict where that is not possible, or no longer. What is not completed, is swept.
    """
    with slot_of(_slots, WAIT_SECONDS, Unavailable()):
        begun = write_in_turn(lambda: begin_branch(Message.find(message_id), user_id))
        return begun.public_id if begun.is_complete else _copy(begun, user_id)


def _copy(begun: Branch, user_id: int) -> str:
    position = 0
    while position < begun.end:
        position = write_in_turn(lambda after=position: copy_part(begun, after))  # type: ignore[misc]
    return write_in_turn(lambda: complete(begun, user_id))
