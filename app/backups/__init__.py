"""Backups: one file with all that the database holds at one moment, made while servers use it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect

from app.backups import postgresql, sqlite
from app.errors import Conflict
from app.migrating import migrations

BEGINNINGS = {"sqlite": b"SQLite format 3\0", "postgresql": b"PGDMP"}

OTHER = "{} is no backup of the kind of database that DATABASE_URL names."
NEWER = "{} is of a newer version of Midstream, or of another program. Upgrade Midstream first."
NOT_EMPTY = "The database has tables already. To drop all of them for the backup's, add --replace."


def back_up(engine: Engine, path: Path) -> None:
    """Write all that the database holds into `path`, an empty file; Conflict where that fails."""
    engine.dispose()  # what was read before is of no use, and a forked program shares no connection
    if engine.dialect.name == "sqlite":
        sqlite.back_up(engine.url, path)
    else:
        postgresql.back_up(engine, path)


def restore(engine: Engine, path: Path, *, replaces: bool = False) -> str:
    """Make the database what it was when `path` was written; return the version of its tables.

    All or nothing: where it fails the database is as before, and Conflict says why. Refused while
    servers use the database; and, unless it `replaces`, where there is anything in it.
    """
    version = version_of(engine, path)
    if inspect(engine).get_table_names() and not replaces:
        raise Conflict(NOT_EMPTY)
    engine.dispose()
    if engine.dialect.name == "sqlite":
        sqlite.restore(engine.url, path)
    else:
        postgresql.restore(engine, path)
    return version


def version_of(engine: Engine, path: Path) -> str:
    """Return the version of a backup's tables; Conflict where it can't be restored here."""
    kind = engine.dialect.name
    with path.open("rb") as file:
        if not file.read(16).startswith(BEGINNINGS[kind]):
            raise Conflict(OTHER.format(path))
    found = sqlite.version_of(path) if kind == "sqlite" else postgresql.version_of(path)
    if found not in migrations():
        raise Conflict(NEWER.format(path))
    return found
