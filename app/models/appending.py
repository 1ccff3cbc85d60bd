"""Appends to the logs of messages that stream: what the group commit does, many times a second."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Integer, Text, bindparam, insert, select

from app.extensions import db
from app.models.log import Delta
from app.models.message import STREAMING, Message

ENTRY = db.metadata.tables["entry"]
MESSAGE = db.metadata.tables["message"]

# The plain tables: what the ORM does for each row takes longer than the insert. On PostgreSQL the
# message is locked until the commit, so that nobody ends it meanwhile; SQLite has one writer.
APPEND = insert(ENTRY).from_select(
    ["message_id", "seq", "content", "thinking"],
    select(
        MESSAGE.c.id,
        bindparam("at", type_=Integer),
        bindparam("more_content", type_=Text),
        bindparam("more_thinking", type_=Text),
    )
    .where(MESSAGE.c.id == bindparam("to"), STREAMING)
    .with_for_update(),
)
COUNTED = {"preserve_rowcount": True}


def append(connection: Connection, deltas: Mapping[int, Delta]) -> Collection[int]:
    """Append one entry to each of these messages that streams, in the caller's transaction.

    Returns the keys of those; nobody else can end them before the commit. Raises IntegrityError
    where an entry exists already.
    """
    rows = [_row(key, deltas[key]) for key in sorted(deltas)]  # all writers lock in this order
    appended = connection.execute(APPEND, rows, execution_options=COUNTED).rowcount
    if appended == len(rows):
        return deltas.keys()
    return set(connection.scalars(Message.streaming_among(deltas)))


def _row(key: int, delta: Delta) -> dict[str, object]:
    return {
        "to": key,
        "at": delta.seq,
        "more_content": delta.content,
        "more_thinking": delta.thinking,
    }
