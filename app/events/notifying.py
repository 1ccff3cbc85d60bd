"""Tells people of messages that are for them, wherever they have a page open."""

from __future__ import annotations

from app.database import read
from app.events import emit
from app.events.payloads import notification_payload
from app.models.mentions import Told, asked_for, mentioned_in

MENTION, ANSWER = "mention", "answer"


def tell_mentioned(message_id: str) -> Told | None:
    """Tell those whom a message mentions, by its public id; return whom, None for nobody."""
    return _tell(read(lambda: mentioned_in(message_id)), MENTION)


def tell_asker(message_id: int) -> Told | None:
    """Tell who has asked for an answer, by its key, that it has ended; return whom, None for
    nobody. It may be called twice."""
    return _tell(read(lambda: asked_for(message_id)), ANSWER)


def _tell(told: Told | None, kind: str) -> Told | None:
    if told:
        for user_id in told.user_ids:
            emit.notification(notification_payload(told, kind), user_id)
    return told
