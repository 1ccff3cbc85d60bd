"""Statements that are run many times a second: compiled once, and run on the driver's own cursor.

What SQLAlchemy does for each execution takes several times as long as the database. It still writes
their SQL, and its listeners and its exceptions are those of any other statement.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Connection,
    Dialect,
    Float,
    SQLColumnExpression,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
"""Of a statement's parameters, by their names; lists of numbers, too."""


class Compiled:
    """A statement as one kind of database takes it, and what it finds there."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        found = statement.compile(dialect=dialect)
        assert isinstance(found, SQLCompiler)
        self.text = found.string
        self._places = found.positiontup  # names in the order of the parameters, if they have one
        self._own = found.params  # the values in the statement itself, like an offset
        self._to_driver = {
            name: process
            for name, bound in found.binds.items()
            if (process := bound.type.dialect_impl(dialect).bind_processor(dialect))
        }
        columns = list(getattr(statement, "exported_columns", ()))  # selected, or returned
        self._row: Any = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
        self._processors = [_from_driver(column.type, dialect) for column in columns]

    def parameters(self, values: Values) -> Any:
        """Return the parameters for the driver. Where they have an order, lists are JSON."""
        all_values = {**self._own, **values}
        for name, process in self._to_driver.items():
            all_values[name] = process(all_values[name])
        if self._places is None:
            return all_values
        ordered = map(all_values.__getitem__, self._places)
        return tuple(json.dumps(each) if isinstance(each, list) else each for each in ordered)

    def row(self, found: Sequence[Any]) -> Any:
        """Return a row with the names and the types of the columns."""
        pairs = zip(found, self._processors, strict=True)
        return self._row._make(
            each if process is None else process(each) for each, process in pairs
        )


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes a column's value of what the driver returns; None where that is it. For a
    float SQLAlchemy would have to know which type the database has found."""
    if isinstance(kind, Float):
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


class DirectStatement:
    """A statement whose parameters are named by `bindparam`, and in `among`."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}  # by the name of the dialect

    def find(self, connection: Connection, values: Values) -> list[Any]:
        """Return all rows that it finds, in the caller's transaction: named tuples."""
        compiled = self._compiled_for(connection.dialect)
        found = _run(connection, compiled.text, compiled.parameters(values))
        return list(map(compiled.row, found))

    def run_for_each(self, connection: Connection, values: Iterable[Values]) -> None:
        """Run it once for each of these, in the caller's transaction."""
        compiled = self._compiled_for(connection.dialect)
        _run(connection, compiled.text, list(map(compiled.parameters, values)), is_many=True)

    def _compiled_for(self, dialect: Dialect) -> Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = Compiled(self._statement, dialect)
        return self._compiled[dialect.name]


class among(FunctionElement[bool]):
    """Whether a column is one of the numbers in a list, which is one parameter: the statement has
    the same text however many they are. SQLite takes the list as JSON."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: SQLColumnExpression[int], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=ARRAY(BigInteger)))

    def self_group(self, against: object = None) -> among:
        """Return the condition as it is: SQLAlchemy would compare it with 1, for which SQLite looks
        at each row instead of looking up the numbers in an index."""
        return self


@compiles(among)
def _any_of(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} = ANY ({numbers}))"


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({numbers})))"


def execute(connection: Connection, text: str) -> None:
    """Run a statement without parameters."""
    _run(connection, text, ())


def _run(connection: Connection, text: str, parameters: Any, *, is_many: bool = False) -> list[Any]:
    cursor = connection.connection.cursor()
    try:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, text, parameters, None, is_many)
        (cursor.executemany if is_many else cursor.execute)(text, parameters)
        return list(cursor.fetchall()) if cursor.description and not is_many else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, cursor, text, error) from error
    finally:
        cursor.close()


def _translated(connection: Connection, cursor: Any, text: str, error: Exception) -> BaseException:
    """Return a driver's error as SQLAlchemy raises it, without the values, which may be secret. A
    connection that was lost is not used again."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if is_lost:  # and so is, probably, what the pool holds: SQLAlchemy's own errors tell it, too
        connection.engine.pool._invalidate(connection.connection, error, _checkin=False)
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
