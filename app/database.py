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
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import database_failures, direct, postgresql
from app.config import DatabaseSettings, current_config
from app.database_failures import Failure
from app.direct import DirectStatement, Values
from app.errors import Locked, Unavailable
from app.extensions import db

T = TypeVar("T")

# SQLite waits for its write lock inside C, where cooperative threads don't take turns. So it waits
# for a moment only, and we wait between attempts, where the others do run.
BUSY_TIMEOUT_MS = 20
LOCK_RETRY_SECONDS = 0.05
GIVE_UP_SECONDS = 10.0

PATIENCE_PAUSE_SECONDS = 0.5

# SQLite's log is moved into the database where it is longer (checkpoints.py). If nobody does so, a
# commit that fills it to so many pages, of 4 kB, does it and waits for the disk.
LOG_BYTES = 16_000_000
PAGES_PER_CHECKPOINT = 16_000

NO_SYNC = {"synchronize_session": False}  # searching the session for the rows takes longer

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


def engine_options(url: str, settings: DatabaseSettings) -> dict[str, Any]:
    """Return with which options SQLAlchemy makes the engine."""
    options: dict[str, Any] = {
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_overflow,
        "pool_timeout": settings.pool_seconds,
        "hide_parameters": True,  # an exception in the log must not contain a text or a hash
    }
    if postgresql.is_postgresql(url):
        options["connect_args"] = postgresql.connect_args(url, settings)
    return options


def write(work: Callable[[], T], *, give_up_seconds: float | None = None) -> T:
    """Run `work` in one write transaction, commit it, and return what it returned.

    `work` may run more than once, must not yield, and returns plain values: rows expire with
    the commit. Raises Unavailable when the database can't be used, on SQLite also when another
    process holds it for longer than `give_up_seconds`, by default GIVE_UP_SECONDS; and Locked when
    PostgreSQL's `lock_timeout` was over.
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


def write_directly(
    work: Callable[[Connection], T],
    *,
    give_up_seconds: float | None = None,
    reserved: bool = False,
) -> T:
    """Do as `write` for `work` that is done many times a second: it gets a connection, and needs
    no session, which would take longer than the statements. With `reserved` it is one that no page
    can take, and waits for locks for a moment only."""
    return _written(lambda: _direct_transaction(work, _engine(reserved)), give_up_seconds)


def read(work: Callable[[], T]) -> T:
    """Run `work` in one transaction of its own, all of whose reads see one moment."""
    if db.engine.dialect.name == "sqlite":
        return _transaction(work)
    return _transaction(work, isolation_level="REPEATABLE READ")


def patiently(work: Callable[[], T]) -> T:
    """Return what `work` returns, which may run more than once. While the database can't be used it
    is tried again, for DATABASE_PATIENCE_SECONDS."""
    deadline = time.monotonic() + current_config().database.patience_seconds
    while True:
        try:
            return work()
        except (DBAPIError, PoolTimeoutError, Unavailable) as error:
            if database_failures.note(error) is None or time.monotonic() > deadline:
                raise
        time.sleep(PATIENCE_PAUSE_SECONDS)


def find(statement: DirectStatement, values: Values, *, reserved: bool = False) -> list[Any]:
    """Return the rows that one statement finds, beside the session and its transaction; with
    `reserved` on a connection that no page can take.

    A connection that was lost since it was used last is replaced.
    """
    engine = _engine(reserved)
    try:
        return _with_kept(_to_read, engine, _connect_to_read, lambda it: statement.find(it, values))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return _with_kept(_to_read, engine, _connect_to_read, lambda it: statement.find(it, values))


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


def _direct_transaction(work: Callable[[Connection], T], engine: Engine) -> T:
    """Return what a write transaction returns."""

    def transaction(connection: Connection) -> T:
        with connection.begin():
            return work(connection)

    return _with_kept(_to_write, engine, _connect_to_write, transaction)


def _engine(reserved: bool) -> Engine:
    return postgresql.reserved_engine(db.engine) if reserved else db.engine


def _with_kept(
    kept_by_engine: Kept,
    engine: Engine,
    connect: Callable[[Engine], Connection],
    work: Callable[[Connection], T],
) -> T:
    """Return what `work` returns. Its connection is kept for the next time, unless it has failed,
    or there is one already: to take it from the pool and give it back takes as long as the
    statements."""
    kept = kept_by_engine.setdefault(engine, [])
    try:
        connection = kept.pop()
    except IndexError:
        connection = connect(engine)
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


def _connect_to_read(engine: Engine) -> Connection:
    """Return a connection on which each statement is a transaction, as it is with SQLite anyway."""
    if engine.dialect.name == "sqlite":
        return engine.connect()
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _connect_to_write(engine: Engine) -> Connection:
    return engine.connect().execution_options(sqlite_begin="IMMEDIATE")


def _written(transaction: Callable[[], T], give_up_seconds: float | None) -> T:
    """Return what a write transaction returns, as soon as nobody else holds the database."""
    try:
        return _until_free(transaction, give_up_seconds)
    except (DBAPIError, PoolTimeoutError) as error:
        failure = database_failures.note(error)
        if failure is None:
            raise
        is_all = failure is not Failure.LOCKED or may_pass(getattr(error, "orig", None))
        raise (Unavailable if is_all else Locked)() from error  # SQLite has one lock for all


def may_pass(error: BaseException | None) -> bool:
    """Return whether a driver's error is somebody else's lock on all of SQLite, or PostgreSQL's
    deadlock, lost serialization race or end of a transaction that was idle, so that it is worth
    another try. For a lock PostgreSQL has waited itself."""
    if isinstance(error, sqlite3.OperationalError):
        return database_failures.is_sqlite_lock(error)
    return database_failures.is_race(error)


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
def _begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        postgresql.begin(connection)
    else:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        direct.execute(connection, f"BEGIN {kind}")
