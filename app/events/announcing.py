"""Announces what is committed. What can't be sent, readers get by joining again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from app import counts
from app.background import start_task
from app.database import write
from app.errors import attempt
from app.events.shapes import (
    ConversationPayload,
    ProgressPayload,
    ReactionsPayload,
    RemovedPayload,
    SeenPayload,
)
from app.models import ControlEvent
from app.models.control_event import Kind
from app.models.conversation import room_of

logger = logging.getLogger(__name__)

P = TypeVar(
    "P",
    bound=ProgressPayload | ConversationPayload | RemovedPayload | SeenPayload | ReactionsPayload,
)


def announce(send: Callable[[P], None], payload: P) -> None:
    """Send an event by a function of `emit`; if that fails, let its readers join again.

    The caller goes on in any case: what it announces has happened.
    """
    _, error = attempt(lambda: send(payload))
    if error:
        counts.REJOINS.add("event_failed")
        logger.error("An event could not be sent, so its readers join again.", exc_info=error)
        rejoin_soon(payload["conversation"])


def rejoin_soon(conversation_id: str) -> None:
    """Let a conversation's readers join again, in every server process; the caller waits for
    nothing."""
    start_task(_rejoin, conversation_id)


def _rejoin(conversation_id: str) -> None:
    write(lambda: ControlEvent.post(Kind.REJOIN, room_of(conversation_id)))
