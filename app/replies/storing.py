"""What one beat puts into the database: entries and endings of what is streaming still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from app.extensions import db
from app.models import Message
from app.models.ending import end
from app.models.log import Delta, entry_at, insert_entries
from app.models.stats import Stats, stats_of, store_thought_ms
from app.replies.in_flight import Answer, Taken


class Committed(NamedTuple):
    """What is in the database now."""

    delta: Delta
    stats: Stats


Outcome = Committed | None
"""None: the answer had ended already. That was somebody else, or our own commit of whose success
we were not told: then its readers hear of it when they look again, after 10 seconds."""


def store(takings: Sequence[Taken]) -> list[Outcome]:
    """Write entries and endings in the caller's transaction, for what is streaming still."""
    ids = {taken.answer.message_id for taken in takings}
    streaming = set(db.session.scalars(Message.streaming_among(ids)))
    insert_entries(
        [t.addition for t in takings if t.answer.message_id in streaming and t.ending is None]
    )
    store_thought_ms(
        {
            t.answer.message_id: t.thought_ms
            for t in takings
            if t.thought_ms is not None and t.answer.message_id in streaming
        }
    )
    return [_outcome(taken, taken.answer.message_id in streaming) for taken in takings]


def _outcome(taken: Taken, is_streaming: bool) -> Outcome:
    if not is_streaming:
        return None
    if taken.ending is not None:
        content, thinking, since = taken.content, taken.thinking, taken.answer.seq
        last = end(replace(taken.ending, content=content, thinking=thinking, since=since))
        return Committed(last, _stats(taken)) if last else None
    return _as_entry(taken)


def stored_before(answer: Answer) -> tuple[Taken, Committed] | None:
    """Return what is the answer's next entry already: ours, though we were not told that its
    commit had succeeded. None where it is not: then the answer has another writer.

    In the caller's transaction.
    """
    entry = entry_at(answer.message_id, answer.seq + 1)
    taken = answer.taken_as(entry) if entry else None
    if taken is None:
        return None
    if answer.thought_ms is None and taken.content:
        taken.thought_ms = db.session.get_one(Message, answer.message_id).thought_ms
    return taken, _as_entry(taken)


def _as_entry(taken: Taken) -> Committed:
    entry = taken.addition
    delta = Delta(entry.seq - 1, entry.seq, entry.content, entry.thinking)
    return Committed(delta, {} if taken.thought_ms is None else {"thought_ms": taken.thought_ms})


def _stats(taken: Taken) -> Stats:
    return stats_of(db.session.get_one(Message, taken.answer.message_id))
