"""Backups of PostgreSQL, by its own programs: their messages go to standard error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, text

from app.errors import Conflict

VERSION = re.compile(r"^COPY \S*alembic_version .*\n(\w+)$", re.MULTILINE)
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = current_user AND pid <> pg_backend_pid()"
)
TABLES = text(
    "SELECT format('DROP TABLE %I.%I CASCADE;', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname = current_schema()"
)
# Whoever restores owns the tables then, and need not own the extension.
SCRIPT_OPTIONS = ("--no-owner", "--no-privileges", "--no-comments", "--file=-")
PSQL_OPTIONS = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")

NOT_SHOWN = {"password", "context"}  # of what the driver gets to connect

IN_USE = "The database has {} more connections of this user. Stop the servers first."
MISSING = "{} is not installed. It is one of PostgreSQL's client programs."
NOT_DUMPED = "The database could not be copied: pg_dump says why."
BROKEN = "{} can't be read: pg_restore says why."
NOT_RESTORED = "The backup could not be restored. The database is as it was before."


def back_up(engine: Engine, path: Path) -> None:
    """Copy what the database holds at this moment into a file."""
    command = ["pg_dump", "--format=custom", f"--file={path}", f"--dbname={_address(engine)}"]
    if _started(command, engine).wait():
        raise Conflict(NOT_DUMPED)


def version_of(path: Path) -> str:
    """Return the version of the tables in a backup, '' if it has none."""
    command = ["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(path)]
    with _started(command, stdout=subprocess.PIPE) as reading:
        found = VERSION.search(_output(reading).read().decode(errors="replace"))
    if reading.returncode:
        raise Conflict(BROKEN.format(path))
    return found[1] if found else ""


def restore(engine: Engine, path: Path) -> None:
    """Drop all tables of the schema and make those of the backup, in one transaction.

    `pg_restore --clean` would drop only what the backup has, and fails where a table that a newer
    version has made refers to that.
    """
    drop = _drop_all(engine)
    script = ["pg_restore", *SCRIPT_OPTIONS, str(path)]
    psql = ["psql", *PSQL_OPTIONS, f"--dbname={_address(engine)}"]
    with (
        _started(psql, engine, stdin=subprocess.PIPE) as restoring,
        _started(script, stdout=subprocess.PIPE) as reading,
    ):
        is_whole = _feed(restoring, reading, f"BEGIN;\n{drop}\n".encode())
    if restoring.returncode or not is_whole:
        raise Conflict(NOT_RESTORED)


def _drop_all(engine: Engine) -> str:
    """Return the statements that drop all tables; Conflict where servers use them."""
    with engine.connect() as connection:
        if others := connection.scalar(OTHERS):
            raise Conflict(IN_USE.format(others))
        drop = "\n".join(connection.scalars(TABLES))
    engine.dispose()
    return drop


def _feed(
    restoring: subprocess.Popen[bytes], reading: subprocess.Popen[bytes], beginning: bytes
) -> bool:
    """Give psql the script; return whether it got all of it. Only then it commits."""
    output = restoring.stdin
    assert output is not None
    try:
        with output:
            output.write(beginning)
            shutil.copyfileobj(_output(reading), output)
            if reading.wait():
                return False
            output.write(b"COMMIT;\n")
    except BrokenPipeError:  # it has ended at an error
        return False
    return True


def _started(
    command: list[str],
    engine: Engine | None = None,
    *,
    stdin: int | None = None,
    stdout: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program; the password is in its environment, where other users can't see it."""
    password = engine.url.password if engine else None
    own = {"PGPASSWORD": str(password)} if password else {}
    try:
        return subprocess.Popen(command, env=os.environ | own, stdin=stdin, stdout=stdout)
    except FileNotFoundError:
        raise Conflict(MISSING.format(command[0])) from None


def _address(engine: Engine) -> str:
    """Return how to connect, but for the password."""
    _, options = engine.dialect.create_connect_args(engine.url)
    return make_conninfo(**{name: options[name] for name in options.keys() - NOT_SHOWN})


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout
