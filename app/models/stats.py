"""How long an answer took and how many tokens: for display only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import Connection, Integer, bindparam, update

from app.direct import DirectStatement
from app.extensions import db
from app.models.columns import now
from app.models.message import Message, Status

MESSAGE = db.metadata.tables["message"]
STORE_THOUGHT_MS = DirectStatement(
    update(MESSAGE)
    .values(thought_ms=bindparam("thought_ms", type_=Integer))
    .where(MESSAGE.c.id == bindparam("answer"))
)


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
    ended_at = message.ended_at
    return stats(
        _thought_ms(message),
        None if ended_at is None else ms_between(message.created_at, ended_at),
        message.input_tokens,
        message.output_tokens,
    )


def stats(
    thought_ms: int | None,
    duration_ms: int | None,
    input_tokens: int | None,
    output_tokens: int | None,
) -> Stats:
    """Return those of these that are known."""
    known: Stats = {}
    if thought_ms is not None:
        known["thought_ms"] = thought_ms
    if duration_ms is not None:
        known["duration_ms"] = duration_ms
    if input_tokens is not None:
        known["input_tokens"] = input_tokens
    if output_tokens is not None:
        known["output_tokens"] = output_tokens
    return known


def ms_between(start: datetime, end: datetime) -> int:
    """Return the whole milliseconds between two times; 0 where the clock was set back."""
    return max(0, (end - start) // timedelta(milliseconds=1))


def store_thought_ms(connection: Connection, thought_ms: Mapping[int, int]) -> None:
    """Store how long answers have thought, by message key, in the caller's transaction."""
    rows = [{"answer": message_id, "thought_ms": ms} for message_id, ms in thought_ms.items()]
    if rows:
        STORE_THOUGHT_MS.run_for_each(connection, rows)


def _thought_ms(message: Message) -> int | None:
    if message.status == Status.STREAMING and message.thought_ms is None:
        return ms_between(message.created_at, now())
    return message.thought_ms
