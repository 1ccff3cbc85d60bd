"""How long an answer took, and what it cost: to be shown, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import update

from app.extensions import db
from app.models.columns import now
from app.models.message import Message


class Stats(TypedDict, total=False):
    """Times in milliseconds from the answer's beginning; tokens where the provider tells.

    `thought_ms` is how long it took until the first of its content came: so far, while none has.
    """

    thought_ms: int
    duration_ms: int
    input_tokens: int
    output_tokens: int


def stats_of(message: Message) -> Stats:
    """Return what is known by now of an answer; of a question nothing."""
    stats: Stats = {}
    if (thought_ms := _thought_ms(message)) is not None:
        stats["thought_ms"] = thought_ms
    if message.ended_at is not None:
        stats["duration_ms"] = ms_between(message.created_at, message.ended_at)
    if message.input_tokens is not None:
        stats["input_tokens"] = message.input_tokens
    if message.output_tokens is not None:
        stats["output_tokens"] = message.output_tokens
    return stats


def ms_between(beginning: datetime, end: datetime) -> int:
    """Return the whole milliseconds from one moment to another; clocks may have been set back."""
    return max(0, (end - beginning) // timedelta(milliseconds=1))


def store_thought_ms(thought: Mapping[int, int]) -> None:
    """Store how long answers have thought, by key, in the caller's transaction."""
    rows = [{"id": message_id, "thought_ms": ms} for message_id, ms in thought.items()]
    if rows:
        db.session.execute(update(Message), rows)


def _thought_ms(message: Message) -> int | None:
    if message.is_streaming and message.thought_ms is None:
        return ms_between(message.created_at, now())
    return message.thought_ms
