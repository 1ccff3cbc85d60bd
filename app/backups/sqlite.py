"""Backups of SQLite: the copy is a database itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from app.database import may_pass
from app.errors import Conflict

WAIT_SECONDS = 1.0  # for another process that opens the database, or closes it

BROKEN = "{} is damaged: SQLite can't read all of it."
IN_USE = "A server, or another program, uses the database. Stop it first."
FAILED = "The database could not be copied: {}. Nothing was changed."


def back_up(url: URL, path: Path) -> None:
    """Copy what the database holds at this moment into an empty file, and read the copy.

    VACUUM reads in one transaction, which holds up nobody who writes, and leaves out what was
    deleted. The copy that the backup API makes would begin anew with each commit of a server.
    """
    try:
        with _open(Path(url.database or ""), "rw") as database:
            database.execute("VACUUM INTO ?", [str(path)])
    except sqlite3.Error as error:
        raise Conflict(FAILED.format(error.sqlite_errorname)) from error
    version_of(path)


def version_of(path: Path) -> str:
    """Return the version of the tables in a backup, '' if it has none; Conflict where it is
    damaged."""
    try:
        with _open(path, "ro") as backup:
            if backup.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise Conflict(BROKEN.format(path))
            known = "SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"
            if not backup.execute(known).fetchone():
                return ""
            return str(backup.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise Conflict(BROKEN.format(path)) from error


def restore(url: URL, path: Path) -> None:
    """Copy a backup into the database, in one transaction."""
    with _open(path, "ro") as backup, _open(Path(url.database or ""), "rw") as database:
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN IMMEDIATE")  # fails while anybody has the database open
            database.execute("ROLLBACK")  # keeps the lock, because of the mode
            backup.backup(database)
        except sqlite3.Error as error:
            sentence = IN_USE if may_pass(error) else FAILED.format(error.sqlite_errorname)
            raise Conflict(sentence) from error


@contextmanager
def _open(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Give a connection without transactions of its own, to a file that exists."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(address, timeout=WAIT_SECONDS, uri=True)) as connection:
        connection.isolation_level = None
        yield connection
