"""How long an answer took and how many tokens: for display only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import update

from app.extensions import db
from app.models.columns import now
from app.models.message import Message


class Stats(TypedDict, total=False):
    """Times in milliseconds since the answer began; tokens where the provider reports them.

    `thought_ms` is the time until the first content; so far, while there is none.
    """

    thought_ms: int
    duration_ms: int
    input_tokens: int
    output_tokens: int


def stats_of(message: Message) -> Stats:
    """Return what is known of an answer so far; nothing for a question."""
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


def ms_between(start: datetime, end: datetime) -> int:
    """Return the whole milliseconds between two times; 0 where the clock was set back."""
    return max(0, (end - start) // timedelta(milliseconds=1))


def store_thought_ms(thought_ms: Mapping[int, int]) -> None:
    """Store how long answers have thought, by message key, in the caller's transaction."""
    rows = [{"id": message_id, "thought_ms": ms} for message_id, ms in thought_ms.items()]
    if rows:
        db.session.execute(update(Message), rows)


def _thought_ms(message: Message) -> int | None:
    if message.is_streaming and message.thought_ms is None:
        return ms_between(message.created_at, now())
    return message.thought_ms
