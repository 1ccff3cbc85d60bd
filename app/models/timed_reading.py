"""Reads whose time nobody knows before: beside the event loop, and ended where they take too
long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.background import offload, run_in_place
from app.database import release
from app.extensions import db

T = TypeVar("T")

STEPS_PER_CHECK = 1000  # of SQLite's virtual machine, between two looks at the clock
CANCELED = "57014"  # PostgreSQL's code for a statement that ran out of time


class TookTooLong(Exception):
    """A read was ended because its time was over."""


def read_within(seconds: float, work: Callable[[Connection], T]) -> T:
    """Return what `work` reads on a connection of its own, all of it as of one moment.

    Raises TookTooLong after so many seconds.
    """
    release()
    try:
        if db.engine.dialect.name != "sqlite":
            with _postgresql(seconds) as connection:  # its waits are the event loop's own
                return run_in_place(work, connection)  # type: ignore[no-any-return]
        with db.engine.connect() as connection, _sqlite_deadline(connection, seconds):
            return offload(work, connection)  # SQLite computes in this process
    except OperationalError as error:
        if _is_too_late(error):
            raise TookTooLong from error
        raise


@contextmanager
def _postgresql(seconds: float) -> Iterator[Connection]:
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        milliseconds = int(seconds * 1000)
        connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
        yield connection


@contextmanager
def _sqlite_deadline(connection: Connection, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_PER_CHECK)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _is_too_late(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return code in ("SQLITE_INTERRUPT", CANCELED)
