"""Short transactions: each says at its beginning whether it writes, and none spans a wait."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError

from app import direct
from app.direct import DirectStatement, Values
from app.errors import Unavailable
from app.extensions import db

T = TypeVar("T")

# SQLite waits for its write lock inside C, where cooperative threads don't take turns. So it waits
# for a moment only, and we wait between attempts, where the others do run.
BUSY_TIMEOUT_MS = 20
LOCK_RETRY_SECONDS = 0.05
GIVE_UP_SECONDS = 10.0

# PostgreSQL ends a transaction whose process does nothing for so long. If it is paused, it would
# keep its locks from all others, and commit a control event when nobody looks for it any more.
IDLE_SECONDS = 20.0

# SQLite's log is moved into the database where it is longer (checkpoints.py). If nobody does so, a
# commit that fills it to so many pages, of 4 kB, does it and waits for the disk.
LOG_BYTES = 16_000_000
PAGES_PER_CHECKPOINT = 16_000

_turn = threading.Semaphore()
Kept = dict[Engine, list[Connection]]
"""One connection that nobody uses at this time, or none, until its engine is disposed of."""

_to_read: Kept = {}
_to_write: Kept = {}


def protect_file(url: str, instance: Path) -> None:
    """Let nobody but the owner read an SQLite file, its log, and our folder for it.

    Creates the file, as SQLite would with the permissions of the umask; its log gets the file's. A
    folder elsewhere is the operator's. Where this is not possible, using the database will say so.
    """
    where = make_url(url)
    name = where.database or ""
    if where.get_backend_name() != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return
    path = instance / name
    with suppress(OSError):
        if path.parent == instance:
            instance.mkdir(exist_ok=True)
            instance.chmod(0o700)
        path.touch(0o600)
        path.chmod(0o600)
        for log in (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")):
            if log.exists():
                log.chmod(0o600)


def write(work: Callable[[], T], *, give_up_seconds: float | None = None) -> T:
    """Run `work` in one write transaction, commit it, and return what it returned.

    `work` may run more than once, must not yield, and returns plain values: rows expire with
    the commit. Raises Unavailable when another process holds the database for longer than
    `give_up_seconds`, by default GIVE_UP_SECONDS.
    """
    return _written(lambda: _transaction(work, sqlite_begin="IMMEDIATE"), give_up_seconds)


def write_in_turn(work: Callable[[], T]) -> T:
    """Do as `write` for work that takes milliseconds: one after the other, and before the next one
    everything else runs.

    On SQLite no other task runs during a transaction, and many in a row would delay the chunks of
    everybody's answers by their sum. PostgreSQL is waited for at each statement, when others run.
    """
    if db.engine.dialect.name != "sqlite":
        return write(work)
    release()
    return _written(lambda: _in_turn(lambda: _transaction(work, sqlite_begin="IMMEDIATE")), None)


def write_directly(work: Callable[[Connection], T], *, give_up_seconds: float | None = None) -> T:
    """Do as `write` for `work` that is done many times a second: it gets a connection, and needs
    no session, which would take longer than the statements."""
    return _written(lambda: _direct_transaction(work), give_up_seconds)


def read(work: Callable[[], T]) -> T:
    """Run `work` in one transaction of its own, all of whose reads see one moment."""
    if db.engine.dialect.name == "sqlite":
        return _transaction(work)
    return _transaction(work, isolation_level="REPEATABLE READ")


def find(statement: DirectStatement, values: Values) -> list[Any]:
    """Return the rows that one statement finds, beside the session and its transaction."""
    return _with_kept(_to_read, _connection_to_read, lambda it: statement.find(it, values))


def find_first(statement: DirectStatement, values: Values) -> Any | None:
    """Return the first row that one statement finds, in the same way; None where it finds none."""
    return next(iter(find(statement, values)), None)


def find_in_session(statement: DirectStatement, values: Values) -> list[Any]:
    """Return the rows that one statement finds in the session's transaction, which sees what was
    changed in it so far."""
    db.session.flush()
    return statement.find(db.session.connection(), values)


def release() -> None:
    """Give the session's connection back before waiting for anything."""
    db.session.rollback()


def _transaction(work: Callable[[], T], **options: Any) -> T:
    db.session.rollback()  # an older read must not become part of this transaction
    try:
        db.session.connection(execution_options=options)
        result = work()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    return result


def _in_turn(transaction: Callable[[], T]) -> T:
    """Return what a transaction returns. Where the database is locked the turn ends at once."""
    with _turn:
        try:
            return transaction()
        finally:
            time.sleep(0)


def _direct_transaction(work: Callable[[Connection], T]) -> T:
    """Return what a write transaction returns."""

    def transaction(connection: Connection) -> T:
        with connection.begin():
            return work(connection)

    return _with_kept(_to_write, _connection_to_write, transaction)


def _with_kept(
    kept_by_engine: Kept, connect: Callable[[], Connection], work: Callable[[Connection], T]
) -> T:
    """Return what `work` returns. Its connection is kept for the next time, unless it has failed,
    or there is one already: to take it from the pool and give it back takes as long as the
    statements."""
    kept = kept_by_engine.setdefault(db.engine, [])
    try:
        connection = kept.pop()
    except IndexError:
        connection = connect()
    try:
        result = work(connection)
    except BaseException:
        connection.close()
        raise
    if kept:
        connection.close()
    else:
        kept.append(connection)
    return result


def _connection_to_read() -> Connection:
    """Return a connection on which each statement is a transaction, as it is with SQLite anyway."""
    if db.engine.dialect.name == "sqlite":
        return db.engine.connect()
    return db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _connection_to_write() -> Connection:
    return db.engine.connect().execution_options(sqlite_begin="IMMEDIATE")


def _written(transaction: Callable[[], T], give_up_seconds: float | None) -> T:
    """Return what a write transaction returns, as soon as nobody else holds the database."""
    try:
        return _until_free(transaction, give_up_seconds)
    except DBAPIError as error:
        if may_pass(error.orig):
            raise Unavailable() from error
        raise


def may_pass(error: BaseException | None) -> bool:
    """Return whether a driver's error is somebody else's lock, a deadlock, a lost serialization
    race or the end of a transaction that was idle, so that it is worth another try."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(error, "sqlstate", None) in ("40001", "40P01", "55P03", "25P03")


def _until_free(attempt: Callable[[], T], give_up_seconds: float | None = None) -> T:
    """Return what `attempt` returns; try again while its error may pass."""
    deadline = time.monotonic() + (GIVE_UP_SECONDS if give_up_seconds is None else give_up_seconds)
    while True:
        try:
            return attempt()
        except (DBAPIError, sqlite3.OperationalError) as error:
            driver_error = getattr(error, "orig", error)
            if not may_pass(driver_error) or time.monotonic() > deadline:
                raise
        time.sleep(LOCK_RETRY_SECONDS)


@event.listens_for(Engine, "engine_disposed")
def _close_kept(engine: Engine) -> None:
    for connection in (*_to_read.pop(engine, []), *_to_write.pop(engine, [])):
        connection.detach()  # of the pool, which is closed already
        connection.close()


@event.listens_for(Engine, "connect")
def _configure(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        _configure_sqlite(connection)
    else:
        _configure_postgresql(connection)


def _configure_postgresql(connection: Any) -> None:
    connection.autocommit = True  # or the setting would end with a rollback
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS:g}s'")
    connection.autocommit = False


def _configure_sqlite(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # SQLite itself does not wait here for another process that opens a new database, or closes it
    _until_free(lambda: connection.execute("PRAGMA journal_mode = WAL"))
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_PER_CHECKPOINT}")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        direct.execute(connection, f"BEGIN {kind}")
