"""What readers are told of what one beat has committed."""

from __future__ import annotations

from app.events import emit
from app.events.payloads import progress
from app.models import Status
from app.replies.in_flight import Taken
from app.replies.storing import Committed


def broadcast(taken: Taken, committed: Committed) -> None:
    """Tell the readers of an answer what was added to it, and whether that was its end."""
    answer, ending = taken.answer, taken.ending
    status = ending.status if ending else Status.STREAMING
    error = ending.error if ending else None
    where = answer.conversation_public_id
    delta, stats = committed
    shape = progress(answer.public_id, where, delta, status, error, stats)
    if ending:
        emit.streaming_end(shape)
    else:
        emit.chunk(shape)
