"""Ends an answer from outside of its task: somebody stops it, or its process is gone."""

from __future__ import annotations

from typing import NamedTuple

from app.background import start_task
from app.database import write
from app.errors import Conflict
from app.events import emit
from app.events.announcing import announce
from app.events.payloads import state_payload
from app.events.shapes import ProgressPayload
from app.extensions import db
from app.models import Message, Status, User
from app.models.ending import Ending, end
from app.models.rights import Action
from app.models.stats import stats_of
from app.replies.generation import conclude
from app.replies.runtime import current_runtime

ENDED_ALREADY = "That answer has ended already."


class Ended(NamedTuple):
    """The end of an answer, and whether the answer is shown."""

    payload: ProgressPayload
    is_shown: bool


def stop(message_id: int, user_id: int) -> None:
    """End a streaming answer where it is, and note who does.

    Raises Conflict if it has ended, and NotFound or Forbidden where the user may not write there,
    or no longer.
    """
    ended = write(lambda: _stop(message_id, user_id))
    if not _tell(ended, message_id, Status.STOPPED):
        raise Conflict(ENDED_ALREADY)


def end_now(ending: Ending) -> bool:
    """End an answer, tell every reader, and do what follows.

    Returns False if somebody else has ended it: then nothing has happened.
    """
    return _tell(write(lambda: _end(ending)), ending.message_id, ending.status)


def _stop(message_id: int, user_id: int) -> Ended | None:
    Message.find(message_id).conversation.allow(user_id, Action.WRITE)
    return _end(Ending(message_id, Status.STOPPED, note=f"Stopped by {User.name_of(user_id)}."))


def _end(ending: Ending) -> Ended | None:
    last = end(ending)
    if last is None:
        return None
    message = db.session.get_one(Message, ending.message_id)
    payload = state_payload(message, message.conversation, last, stats_of(message))
    return Ended(payload, message.hidden_with is None)


def _tell(ended: Ended | None, message_id: int, status: Status) -> bool:
    """Tell every reader of an end, and do what follows; return whether there was one."""
    if ended is None:
        return False
    if ended.is_shown:
        announce(emit.streaming_end, ended.payload)
    current_runtime().group_commit.remove(message_id, status)
    start_task(conclude, message_id)
    return True
