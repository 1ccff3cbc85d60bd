"""Ends an answer, by compare-and-set: the first caller ends it, and later ones change nothing.

The text is not read for it: the database itself moves it from the log into the row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.database import NO_SYNC, find, find_first
from app.direct import DirectStatement, among
from app.extensions import db
from app.models.appending import ENTRY, MESSAGE, append
from app.models.columns import UtcDateTime, now
from app.models.continuing import is_open
from app.models.log import Delta, last_seq
from app.models.message import STREAMING, UNRENDERED, Message, Status
from app.models.search_text import INDEXED_LENGTH, Searchable, index_texts
from app.models.stats import Stats, ms_between, stats, store_thought_ms

RENDERING_TIME = timedelta(seconds=10)
NO_SEPARATOR: Any = literal_column("''")  # an empty string would be put in at each execution


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ends."""

    message_id: int
    status: Status
    error: str | None = None
    note: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    is_cut: bool = False  # at its model's length limit
    lease: int | None = None  # end it only while its lease is this one


class Unrendered(NamedTuple):
    """What is rendered of a message; open is what was ended before its own end."""

    role: str
    content: str
    is_open: bool


def end(ending: Ending) -> Delta | None:
    """End an answer from outside of its task, in the caller's transaction; return its last entry,
    which is empty. None if it has ended already, or its lease was renewed or can't be: then nothing
    has changed and there is nothing to announce."""
    if not _still_streams(ending):
        return None
    connection = db.session.connection()
    seq = last_seq(ending.message_id)
    last = Delta(seq, seq + 1, "", "")
    append(connection, {ending.message_id: last})
    fold(connection, ending, last.seq)
    return last


def fold(connection: Connection, ending: Ending, seq: int) -> Stats:
    """Set how a message has ended, and move its text from its log into its row.

    In the transaction that has appended its last entry, `seq`: so it still streams, and nobody else
    can end it.
    """
    ended_at = now()
    values = {
        "ended": ending.message_id,
        "status": ending.status,
        "seq": seq,
        "error": ending.error,
        "note": ending.note,
        "is_cut": ending.is_cut,
        "read": ending.input_tokens,
        "written": ending.output_tokens,
        "ended_at": ended_at,
    }
    [row] = FOLD.find(connection, values)
    DELETE_LOG.run_for_each(connection, [{"ended": ending.message_id}])
    index_texts(connection, [Searchable(row.conversation_id, ending.message_id, row.beginning)])
    duration_ms = ms_between(row.created_at, ended_at)
    if row.thought_ms is None:  # it ends before its first content: it was thinking until now
        store_thought_ms(connection, {ending.message_id: duration_ms})
    thought_ms = duration_ms if row.thought_ms is None else row.thought_ms
    return stats(thought_ms, duration_ms, row.input_tokens, row.output_tokens)


def unrendered(message_id: int) -> Unrendered | None:
    """Return a message that does not stream and whose HTML is not stored yet."""
    found = find_first(UNRENDERED_MESSAGE, {"message_id": message_id})
    return found and Unrendered(found.role, found.content, is_open(found.status, found.is_cut))


def all_unrendered(most: int, without: Collection[int] = ()) -> list[int]:
    """Return the keys of messages that don't stream, and whose HTML should have been stored by now:
    the oldest ones, `most` at most, and none of `without`. It reads beside any transaction."""
    place = {"before": now() - RENDERING_TIME, "without": list(without), "most": most}
    return [row.id for row in find(UNRENDERED_BEFORE, place)]


def store_html(message_id: int, html: str) -> None:
    """Store the rendered text of a message that does not stream, in the caller's transaction."""
    rendered = update(Message).where(Message.id == message_id).values(content_html=html)
    db.session.execute(rendered, execution_options=NO_SYNC)


def _still_streams(ending: Ending) -> bool:
    """Return whether it is still to be ended; then it is locked until the commit.

    Whoever ends it because its lease has expired does not wait for another transaction: while that
    has it locked, its process can't renew the lease.
    """
    has_lease = ending.lease is not None
    found = Message.streaming_among([ending.message_id], skip_locked=has_lease)
    if has_lease:
        found = found.where(Message.lease == ending.lease)
    return db.session.scalar(found) is not None


def _all_of(column: ColumnElement[str]) -> ColumnElement[str]:
    """All texts of a log, in the order of its entries.

    A window has an order in every version of SQLite, an aggregate only since 3.44. Of empty texts
    it makes NULL before 3.47.
    """
    together = func.aggregate_strings(column, NO_SEPARATOR)
    whole = together.over(order_by=ENTRY.c.seq, rows=(None, None))
    return func.coalesce(whole, "")


def _sum_of(column: ColumnElement[int | None], name: str) -> ColumnElement[int | None]:
    """What the answer that this one goes on from took, and a new number, if these are known."""
    new: ColumnElement[int | None] = bindparam(name, type_=Integer)
    return func.coalesce(column + new, new, column)


class bytes_in(FunctionElement[int]):
    """The length of a text in UTF-8."""

    inherit_cache = True
    type = Integer()


@compiles(bytes_in)
def _octet_length(element: bytes_in, compiler: SQLCompiler, **options: Any) -> str:
    return f"octet_length({compiler.process(element.clauses, **options)})"


@compiles(bytes_in, "sqlite")
def _length_of_blob(element: bytes_in, compiler: SQLCompiler, **options: Any) -> str:
    return f"length(CAST({compiler.process(element.clauses, **options)} AS BLOB))"


# Built once: it is looked for every two seconds, and building it takes longer.
UNRENDERED_BEFORE = DirectStatement(
    select(Message.id)
    .where(UNRENDERED, ~among(Message.id, "without"))
    .where(
        func.coalesce(Message.ended_at, Message.created_at) < bindparam("before", type_=UtcDateTime)
    )
    .order_by(Message.id)
    .limit(bindparam("most", type_=Integer))
)
UNRENDERED_MESSAGE = DirectStatement(
    select(Message.role, Message.content, Message.status, Message.is_cut).where(
        Message.id == bindparam("message_id"), UNRENDERED
    )
)
LOG = (
    select(
        ENTRY.c.message_id,
        _all_of(ENTRY.c.content).label("content"),
        _all_of(ENTRY.c.thinking).label("thinking"),
    )
    .where(ENTRY.c.message_id == bindparam("ended"))
    .limit(1)
    .subquery("log")
)
SET = {
    name: bindparam(name, type_=MESSAGE.c[name].type)
    for name in ("status", "seq", "error", "note", "is_cut", "ended_at")
}
FOLD = DirectStatement(
    update(MESSAGE)
    .values(
        **SET,
        content=LOG.c.content,
        thinking=LOG.c.thinking,
        size=bytes_in(LOG.c.content) + bytes_in(LOG.c.thinking),
        input_tokens=_sum_of(MESSAGE.c.input_tokens, "read"),
        output_tokens=_sum_of(MESSAGE.c.output_tokens, "written"),
    )
    .where(LOG.c.message_id == MESSAGE.c.id, STREAMING, MESSAGE.c.id == bindparam("ended"))
    .returning(
        MESSAGE.c.conversation_id,
        MESSAGE.c.created_at,
        MESSAGE.c.thought_ms,
        MESSAGE.c.input_tokens,
        MESSAGE.c.output_tokens,
        literal_column(f"substr(message.content, 1, {INDEXED_LENGTH})").label("beginning"),
    )
)
DELETE_LOG = DirectStatement(delete(ENTRY).where(ENTRY.c.message_id == bindparam("ended")))
