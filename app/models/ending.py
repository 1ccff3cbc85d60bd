"""Ending is compare-and-set: it happens once, by whoever wins the update."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from app.extensions import db
from app.models.columns import now
from app.models.log import Addition, Delta, delete_logs, insert_entries, read_log
from app.models.message import Message, Status, size_of
from app.models.stats import ms_between

ROWS_ALONE = {"synchronize_session": False}  # looking for them in the session takes longer


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer is to end; `content` and `thinking` are its last text."""

    message_id: int
    status: Status
    content: str = ""
    thinking: str = ""
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    lease: int | None = None  # only if the lease still stands there
    since: int | None = None  # the entries its writer has written; None: however many


def end(ending: Ending) -> Delta | None:
    """End a streaming message in the caller's transaction and fold its log into its row.

    Returns the last entry, or None where somebody else has ended it: then nothing is changed,
    and there is nothing to announce. Raises IntegrityError where somebody else has written after
    `since`: that text is not what the last text goes on from.
    """
    if not _win(ending):
        return None
    log = read_log(ending.message_id)
    since = log.seq if ending.since is None else ending.since
    last = Delta(since, since + 1, ending.content, ending.thinking)
    insert_entries([Addition(ending.message_id, last.seq, last.content, last.thinking)])
    _fold(ending.message_id, last.seq, log.content + last.content, log.thinking + last.thinking)
    _close_thinking(ending.message_id)
    return last


def _close_thinking(message_id: int) -> None:
    """What ends before its first content, or with it, has thought all the time."""
    message = db.session.get_one(Message, message_id, populate_existing=True)
    if message.thought_ms is None and message.ended_at is not None:
        message.thought_ms = ms_between(message.created_at, message.ended_at)


def _win(ending: Ending) -> bool:
    compare = update(Message).where(
        Message.id == ending.message_id, Message.status == Status.STREAMING
    )
    if ending.lease is not None:
        compare = compare.where(Message.lease == ending.lease)
    won = db.session.execute(
        compare.values(
            status=ending.status,
            error=ending.error,
            ended_at=now(),
            input_tokens=ending.input_tokens,
            output_tokens=ending.output_tokens,
        ).returning(Message.id),
        execution_options=ROWS_ALONE,
    )
    return won.first() is not None


def _fold(message_id: int, seq: int, content: str, thinking: str) -> None:
    db.session.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(seq=seq, content=content, thinking=thinking, size=size_of(content, thinking)),
        execution_options=ROWS_ALONE,
    )
    delete_logs([message_id])


def unrendered(message_id: int) -> str | None:
    """Return the text of an ended message whose HTML is not stored yet."""
    return db.session.scalar(
        select(Message.content).where(
            Message.id == message_id,
            Message.status != Status.STREAMING,
            Message.content_html.is_(None),
        )
    )


def store_html(message_id: int, html: str) -> None:
    """Store a message's rendered text beside it; what has ended never changes."""
    rendered = update(Message).where(Message.id == message_id).values(content_html=html)
    db.session.execute(rendered, execution_options=ROWS_ALONE)
