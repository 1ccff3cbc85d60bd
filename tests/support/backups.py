"""Backups as an operator makes them, by the commands, and all rows of a database."""

from __future__ import annotations

from typing import Any

from click.testing import Result
from sqlalchemy import MetaData, Table, select

from app.extensions import db
from tests.support.database import Database

Rows = dict[str, set[tuple[Any, ...]]]


def run(database: Database, *arguments: object) -> Result:
    """Run a command in this process; it leaves no connection to the database open."""
    result = database.app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    database.close()
    return result


def done(database: Database, *arguments: object) -> str:
    """Run a command that succeeds; return what it printed."""
    result = run(database, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(database: Database) -> Rows:
    """Return all rows of all tables, by the tables' names."""
    version = Table("alembic_version", MetaData(), db.Column("version_num"))
    with database.app.app_context(), db.engine.connect() as connection:
        found = {
            table.name: {tuple(map(repr, row)) for row in connection.execute(select(table))}
            for table in [*db.metadata.sorted_tables, version]
        }
    database.close()
    return found
