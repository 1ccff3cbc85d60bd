"""What is counted, and logged, of answers: what was stored of them, and how each has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from app import counts, tracing
from app.logs import about
from app.models import Status
from app.replies.in_flight import Answer, Pending

logger = logging.getLogger(__name__)

ELSEWHERE = "elsewhere"
COMMITS_SAMPLED = 100


def note_stored(received: Iterable[tuple[Pending, float | None]], committed_at: float) -> None:
    """Count entries that were just emitted; since when each has waited for that, and when they were
    committed, by the monotonic clock."""
    now = time.monotonic()
    for (answer, _, delta, *_), since in received:
        counts.ENTRIES.value += 1
        counts.ENTRY_BYTES.value += _bytes(delta.content) + _bytes(delta.thinking)
        if since is not None:
            counts.TOKEN_SECONDS.note(now - since)
        if answer.span is not None and _is_sampled(delta.seq):
            for name, at in (("commit", committed_at), ("emit", now)):
                ms = 1000 * (at - (since or at))  # since the model said it
                tracing.note(answer.span, name, at, seq=delta.seq, ms=ms)


def note_end(answer: Answer, status: Status | None) -> None:
    """Count and log how an answer of this process has ended; with this status, where that was not
    by its task. None: by another process, or it is not known."""
    ending = answer.ending
    how = str(status or (ending and ending.status) or ELSEWHERE)
    first = answer.first_token_seconds
    counts.ANSWERS.add(how)
    _end_span(answer, how)
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


def _end_span(answer: Answer, how: str) -> None:
    if answer.first_at is not None:
        tracing.note(answer.span, "first token", answer.first_at)
    tracing.end(
        answer.span,
        status=how,
        entries=answer.seq,
        characters=answer.length,
        error=answer.ending.error if answer.ending else None,
    )


def _is_sampled(seq: int) -> bool:
    """Return whether the commit of an entry is part of a trace: the first ones, then ever fewer."""
    return seq & (seq - 1) == 0 or seq % COMMITS_SAMPLED == 0


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
