"""What fails because the database can't be used is one line of the log, and one when it is over."""

from __future__ import annotations

import errno
import logging
import sqlite3
from itertools import count
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import outages
from app.database_failures import (
    SILENT_LOOKS,
    Failure,
    HideFailures,
    failure_of,
    note,
    note_lock,
    note_success,
    watch,
)
from app.errors import Unavailable

QUIET = 60.0
BEGINNINGS = count(10**9, 10**6)  # of the tests, long after each other


class Postgres(Exception):
    """An error of the driver; without a state it is the driver's own."""

    def __init__(self, sqlstate: str | None = None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def of_sqlite(code: int) -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return OperationalError("INSERT", {}, error)


def of_postgresql(sqlstate: str | None) -> OperationalError:
    return OperationalError("INSERT", {}, Postgres(sqlstate))


def caused_by(cause: BaseException) -> Unavailable:
    error = Unavailable()
    error.__cause__ = cause
    return error


AWAY = of_postgresql(None)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock for the time that must pass without a failure. Before the test nothing has failed."""
    clock = SimpleNamespace(now=float(next(BEGINNINGS)))
    monkeypatch.setattr(outages, "time", SimpleNamespace(monotonic=lambda: clock.now))
    note_success()
    return clock


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AWAY, Failure.AWAY),
        (InterfaceError("SELECT", {}, Postgres()), Failure.AWAY),
        (of_postgresql("08006"), Failure.AWAY),
        (of_postgresql("57P03"), Failure.AWAY),
        (of_postgresql("53100"), Failure.FULL),
        (of_postgresql("55P03"), Failure.LOCKED),
        (of_postgresql("57014"), Failure.SLOW),
        (of_postgresql("40P01"), Failure.RACE),
        (of_postgresql("25P03"), Failure.RACE),
        (PoolTimeoutError("QueuePool limit"), Failure.POOL),
        (of_sqlite(sqlite3.SQLITE_BUSY), Failure.LOCKED),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), Failure.LOCKED),
        (of_sqlite(sqlite3.SQLITE_FULL), Failure.FULL),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), Failure.AWAY),
        (OSError(errno.EMFILE, "Too many open files"), Failure.DESCRIPTORS),
        (OSError(errno.EPIPE, "Broken pipe"), None),
        (caused_by(AWAY), Failure.AWAY),
        (caused_by(caused_by(AWAY)), Failure.AWAY),
        (of_sqlite(sqlite3.SQLITE_CORRUPT), None),
        (of_postgresql("42601"), None),
        (IntegrityError("INSERT", {}, Postgres("23505")), None),
        (DataError("INSERT", {}, Postgres()), None),
        (Unavailable(), None),
        (RuntimeError(), None),
        (None, None),
    ],
)
def test_an_error_says_why_the_database_can_not_be_used(
    error: BaseException | None, expected: Failure | None
) -> None:
    assert failure_of(error) is expected


def test_many_failures_are_one_line_and_one_when_it_is_over(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        assert note(AWAY) is Failure.AWAY
        clock.now += 0.1
        note_success()  # one of its connections still works
    clock.now += QUIET
    for _ in range(3):
        note_success()
    began, ended = (each.getMessage() for each in caplog.records)
    assert began == "The database fails: it can't be reached."
    assert ended.startswith("The database works again")


def test_a_lock_on_a_row_is_told_like_one_that_an_error_says(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    note_lock()
    note(of_postgresql("55P03"))
    assert len(caplog.records) == 1
    clock.now += QUIET
    note_success()
    assert "Waiting for a lock works again" in caplog.text


def test_a_race_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert note(of_postgresql("40001")) is Failure.RACE
    assert note(RuntimeError()) is None
    assert not caplog.records


def test_a_traceback_because_of_the_database_is_not_logged(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    def record(error: Exception) -> logging.LogRecord:
        about = (type(error), error, None)
        return logging.LogRecord("app", logging.ERROR, "", 0, "It has failed.", (), about)

    hide = HideFailures()
    assert not hide.filter(record(caused_by(AWAY)))
    assert hide.filter(record(of_postgresql("40001")))
    assert hide.filter(record(RuntimeError()))
    assert hide.filter(logging.LogRecord("app", logging.ERROR, "", 0, "It has failed.", (), None))
    assert caplog.messages == ["The database fails: it can't be reached."]


def test_a_database_that_answers_nothing_is_silent_until_it_does(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(SILENT_LOOKS - 1):
        watch.look()
    assert not watch.is_silent and caplog.messages == []
    for _ in range(2):
        watch.look()
    assert watch.is_silent
    clock.now += QUIET / 2
    note_success()
    assert not watch.is_silent
    fails, works = caplog.messages
    assert fails == "The database fails: it does not answer."
    assert works.startswith("The database works again, after 30.0 s")
