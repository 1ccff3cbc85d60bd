"""Appends to the logs of messages that stream: what the group commit does, many times a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from app.extensions import db
from app.models.log import Delta
from app.models.message import STREAMING

ENTRY = db.metadata.tables["entry"]
MESSAGE = db.metadata.tables["message"]

# The plain tables: what the ORM does for each row takes longer than the statements. On PostgreSQL
# the messages are locked until the commit, so that nobody ends them meanwhile, all writers in the
# same order; SQLite has one writer.
STREAMING_AMONG = (
    select(MESSAGE.c.id, MESSAGE.c.public_id, MESSAGE.c.hidden_with.is_(None).label("is_shown"))
    .where(MESSAGE.c.id.in_(bindparam("keys", expanding=True)), STREAMING)
    .order_by(MESSAGE.c.id)
    .with_for_update()
)
APPEND = insert(ENTRY)


class State(NamedTuple):
    """What readers know a message by, and whether they see it: choosing a version changes both."""

    public_id: str
    is_shown: bool


def append(connection: Connection, deltas: Mapping[int, Delta]) -> dict[int, State]:
    """Append one entry to each of these messages that streams, in the caller's transaction.

    Returns the state of those, by their keys; nobody else can end them before the commit. Raises
    IntegrityError where an entry exists already.
    """
    rows = connection.execute(STREAMING_AMONG, {"keys": list(deltas)})
    streaming = {row.id: State(row.public_id, row.is_shown) for row in rows}
    if streaming:
        connection.execute(APPEND, [_row(key, deltas[key]) for key in streaming])
    return streaming


def _row(key: int, delta: Delta) -> dict[str, object]:
    return {
        "message_id": key,
        "seq": delta.seq,
        "content": delta.content,
        "thinking": delta.thinking,
    }
