"""Migrating: one process at a time, in one transaction; the others wait for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.database import may_pass
from app.database_failures import said

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
ADVISORY_LOCK = 7_081_945_266  # any number that nothing else in a PostgreSQL database locks
RETRY_SECONDS = 0.1
WAITING = "midstream: waiting until another process has finished changing the database …"


class Unreachable(click.ClickException):
    """The database can't be reached or written; a command prints this sentence."""

    exit_code = 2

    def __init__(self, error: BaseException) -> None:
        sentence = "The database can't be reached or written. Is DATABASE_URL right?"
        super().__init__(sentence + said(error))


def migrations() -> set[str]:
    """Return the numbers of all migrations, without Alembic: to import it takes a sixth of a
    server's start."""
    return {path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/*.py")}


def newest_migration() -> str:
    """Return the newest one's number: that of a database that is up to date."""
    return max(migrations())


@contextmanager
def exclusive_transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that only one process at a time can begin.

    The others wait, however long it takes: they must find the tables complete. If a process dies,
    the database rolls its transaction back and the next one begins. No lock outlives its process.

    Raises Unreachable.
    """
    begin = _begin_sqlite if engine.dialect.name == "sqlite" else _begin_postgresql
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(engine.connect())
            begin(connection)
        except DBAPIError as error:
            raise Unreachable(error) from error
        yield connection
        connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """Take the database's write lock.

    To alter a table SQLite copies it and drops the old one, which would delete all rows that refer
    to it, unless foreign keys are off. They can be turned off only outside a transaction.
    """
    connection.detach()  # closed afterwards, not used for anything else
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
    connection.execution_options(sqlite_begin="IMMEDIATE")

    def begin() -> bool:
        try:
            connection.begin()
        except OperationalError as error:
            if not may_pass(error.orig):
                raise
            return False
        return True

    _wait_until(begin)


def _begin_postgresql(connection: Connection) -> None:
    """Take an advisory lock, which ends with the transaction.

    In READ COMMITTED, what is read after the wait shows what the other process has done. A
    migration may take as long as it likes. All of this is of the transaction, so it works through
    PgBouncer, too.
    """
    connection.execution_options(isolation_level="READ COMMITTED")
    for limit in ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))
    take = select(func.pg_try_advisory_xact_lock(ADVISORY_LOCK))
    _wait_until(lambda: bool(connection.scalar(take)))


def _wait_until(acquire: Callable[[], bool]) -> None:
    if acquire():
        return
    print(WAITING, file=sys.stderr, flush=True)
    while not acquire():
        time.sleep(RETRY_SECONDS)
