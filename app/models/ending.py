"""Ends an answer, by compare-and-set: the first caller ends it, and later ones change nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from app.extensions import db
from app.models.columns import now
from app.models.log import Delta, append, delete_logs, read_log
from app.models.message import UNRENDERED, Message, Status, size_of
from app.models.search_text import Searchable, index_texts
from app.models.stats import ms_between

RENDERING_TIME = timedelta(seconds=10)
NO_SYNC = {"synchronize_session": False}  # searching the session for the rows takes longer


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ends."""

    message_id: int
    status: Status
    error: str | None = None
    note: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    lease: int | None = None  # end it only while its lease is this one


def end(ending: Ending, last: Delta | None = None) -> Delta | None:
    """End a streaming message in the caller's transaction and fold its log into its row.

    `last` is the writer's last entry; None where another task ends it, at the end of its log.
    Returns the last entry, or None if the message has ended already: then nothing has changed and
    there is nothing to announce. Raises IntegrityError where somebody else has written that entry:
    then the last text does not continue what is stored.
    """
    if not _compare_and_set(ending):
        return None
    log = read_log(ending.message_id)
    last = last or Delta(log.seq, log.seq + 1, "", "")
    append({ending.message_id: last})
    _fold(ending.message_id, last.seq, log.content + last.content, log.thinking + last.thinking)
    message = db.session.get_one(Message, ending.message_id, populate_existing=True)
    _end_thinking(message)
    index_texts([Searchable(message.conversation_id, message.id, message.content)])
    return last


def unrendered(message_id: int) -> str | None:
    """Return the text of a message that does not stream and whose HTML is not stored yet."""
    return db.session.scalar(
        select(Message.content).where(
            Message.id == message_id,
            Message.status != Status.STREAMING,
            Message.content_html.is_(None),
        )
    )


def all_unrendered(most: int, without: Collection[int] = ()) -> Sequence[int]:
    """Return the keys of messages that don't stream, and whose HTML should have been stored by now:
    the oldest ones, `most` at most, and none of `without`."""
    finished_at = func.coalesce(Message.ended_at, Message.created_at)
    found = select(Message.id).where(UNRENDERED, finished_at < now() - RENDERING_TIME)
    found = found.where(Message.id.not_in(without))
    return db.session.scalars(found.order_by(Message.id).limit(most)).all()


def store_html(message_id: int, html: str) -> None:
    """Store the rendered text of a message that does not stream, in the caller's transaction."""
    rendered = update(Message).where(Message.id == message_id).values(content_html=html)
    db.session.execute(rendered, execution_options=NO_SYNC)


def _compare_and_set(ending: Ending) -> bool:
    compare = update(Message).where(
        Message.id == ending.message_id, Message.status == Status.STREAMING
    )
    if ending.lease is not None:
        compare = compare.where(Message.lease == ending.lease)
    won = db.session.execute(
        compare.values(
            status=ending.status,
            error=ending.error,
            note=ending.note,
            ended_at=now(),
            input_tokens=ending.input_tokens,
            output_tokens=ending.output_tokens,
        ).returning(Message.id),
        execution_options=NO_SYNC,
    )
    return won.first() is not None


def _fold(message_id: int, seq: int, content: str, thinking: str) -> None:
    db.session.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(seq=seq, content=content, thinking=thinking, size=size_of(content, thinking)),
        execution_options=NO_SYNC,
    )
    delete_logs([message_id])


def _end_thinking(message: Message) -> None:
    """An answer that ends before its first content, or with it, was thinking until then."""
    if message.thought_ms is None and message.ended_at is not None:
        message.thought_ms = ms_between(message.created_at, message.ended_at)
