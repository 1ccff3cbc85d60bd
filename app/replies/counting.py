"""What is counted, and logged, of answers: what was stored of them, and how each has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from app import counts
from app.logs import about
from app.models import Status
from app.models.log import Delta
from app.replies.in_flight import Answer

logger = logging.getLogger(__name__)

ELSEWHERE = "elsewhere"


def note_stored(received: Iterable[tuple[Delta, float | None]]) -> None:
    """Count entries that were just emitted, and since when each has waited for that, by the
    monotonic clock."""
    now = time.monotonic()
    for delta, since in received:
        counts.ENTRIES.value += 1
        counts.ENTRY_BYTES.value += _bytes(delta.content) + _bytes(delta.thinking)
        if since is not None:
            counts.TOKEN_SECONDS.note(now - since)


def note_end(answer: Answer, status: Status | None) -> None:
    """Count and log how an answer of this process has ended; with this status, where that was not
    by its task. None: by another process, or it is not known."""
    ending = answer.ending
    how = str(status or (ending and ending.status) or ELSEWHERE)
    first = answer.first_token_seconds
    counts.ANSWERS.add(how)
    if first is not None:
        counts.FIRST_TOKEN.note(answer.model, first)
    about(
        logger,
        "answer",
        status=how,
        model=answer.model,
        entries=answer.seq,
        characters=answer.length,
        first_ms=None if first is None else round(1000 * first),
        ms=round(1000 * (time.monotonic() - answer.started_at)),
        error=ending and ending.error,
        conversation=answer.conversation_id,
        answer=answer.public_id,
    )


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
