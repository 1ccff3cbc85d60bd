"""Appends to the logs of messages that stream: what the group commit does, many times a second."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, bindparam, func, insert, select, update

from app.database import find
from app.direct import DirectStatement, among
from app.extensions import db
from app.models.log import Delta
from app.models.message import STREAMING

ENTRY = db.metadata.tables["entry"]
MESSAGE = db.metadata.tables["message"]

# On PostgreSQL the messages are locked until the commit, so that nobody ends them meanwhile. One
# that somebody else has locked is left out: its text waits, and nobody else's. SQLite has one
# writer.
STREAMING_AMONG = DirectStatement(
    select(MESSAGE.c.id, MESSAGE.c.public_id, MESSAGE.c.hidden_with.is_(None).label("is_shown"))
    .where(among(MESSAGE.c.id, "keys"), STREAMING)
    .order_by(MESSAGE.c.id)
    .with_for_update(skip_locked=True, key_share=True)
)
LEFT_OUT = DirectStatement(select(MESSAGE.c.id).where(among(MESSAGE.c.id, "keys"), STREAMING))
APPEND = DirectStatement(insert(ENTRY))
COLUMNS = [column.name for column in ENTRY.columns]
_lists = [bindparam(column.name, type_=ARRAY(column.type)) for column in ENTRY.columns]
_rows = func.unnest(*_lists).table_valued(*COLUMNS).render_derived()
APPEND_AT_ONCE = DirectStatement(insert(ENTRY).from_select(COLUMNS, select(_rows)))
"""All entries in one statement, each column a list: on PostgreSQL alone."""

_mine = MESSAGE.alias()
RENEW = DirectStatement(
    update(MESSAGE)
    .where(
        MESSAGE.c.id.in_(
            select(_mine.c.id)
            .where(among(_mine.c.id, "keys"), STREAMING)
            .order_by(_mine.c.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    .values(lease=MESSAGE.c.lease + 1, written_by=bindparam("process"))
    .returning(MESSAGE.c.id)
)


class State(NamedTuple):
    """What readers know a message by, and whether they see it: choosing a version changes both."""

    public_id: str
    is_shown: bool


def append(connection: Connection, deltas: Mapping[int, Delta]) -> dict[int, State]:
    """Append one entry to each of these messages that streams and that nobody else has locked, in
    the caller's transaction.

    Returns the state of those, by their keys; nobody else can end them before the commit. Raises
    IntegrityError where an entry exists already.
    """
    rows = STREAMING_AMONG.find(connection, {"keys": list(deltas)})
    streaming = {row.id: State(row.public_id, row.is_shown) for row in rows}
    if streaming:
        _append_all(connection, [_row(key, deltas[key]) for key in streaming])
    return streaming


def locked_among(connection: Connection, keys: Collection[int]) -> set[int]:
    """Return which of the messages that `append` has left out still stream: somebody else has
    locked them."""
    if not keys:
        return set()
    return {row.id for row in LEFT_OUT.find(connection, {"keys": list(keys)})}


def unlocked_among(keys: Collection[int]) -> set[int]:
    """Return which of these messages stream and are locked by nobody else, in a transaction of its
    own."""
    if not keys:
        return set()
    return {row.id for row in find(STREAMING_AMONG, {"keys": list(keys)}, reserved=True)}


def renew(connection: Connection, keys: Collection[int], process: str) -> set[int]:
    """Renew the leases of these messages, in the caller's transaction; return the keys of those
    that stream and that nobody else has locked."""
    return {row.id for row in RENEW.find(connection, {"keys": list(keys), "process": process})}


def _append_all(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if connection.dialect.name == "sqlite":
        APPEND.run_for_each(connection, rows)
    else:
        lists = {name: [row[name] for row in rows] for name in COLUMNS}
        APPEND_AT_ONCE.find(connection, lists)


def _row(key: int, delta: Delta) -> dict[str, Any]:
    return {
        "message_id": key,
        "seq": delta.seq,
        "content": delta.content,
        "thinking": delta.thinking,
    }
