"""Collects the statements that the app sends to its database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, event

from app.extensions import db

UNBOUNDED = re.compile(r"SCAN (message|entry|conversation|control_event|membership)\b(?!.*INDEX)")


class Statement(NamedTuple):
    """A statement and its parameters; of several sets of these, the first."""

    text: str
    parameters: Any

    def scans(self) -> list[str]:
        """Return how SQLite would read a whole table for it."""
        plan = db.session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {self.text}", self.parameters
        )
        return [row.detail for row in plan if UNBOUNDED.match(row.detail)]


@contextmanager
def executed() -> Iterator[list[Statement]]:
    """Collect statements with their parameters; the app's context must be pushed."""
    statements: list[Statement] = []

    def note(
        _connection: Connection, _cursor: object, text: str, parameters: Any, *rest: object
    ) -> None:
        is_many = rest[-1]
        statements.append(Statement(text, parameters[0] if is_many else parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect statements; the app's context must be pushed."""
    statements: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
