"""Why the database can't be used, and who is told: the log once for each outage, and everybody who
asked for something that it is unavailable."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Iterator
from enum import Enum

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.outages import Outage

logger = logging.getLogger(__name__)

# PostgreSQL's codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCKED = "55P03"
CANCELED = "57014"
PAUSED = "25P03"
RACES = ("40001", "40P01")
CLASSES_AWAY = ("08", "53")  # of a connection, and of resources: connections, memory, disk
AWAY = ("57P01", "57P02", "57P03", "57P05", "25006")
CONNECTION_LOST = {"OperationalError", "InterfaceError"}  # of SQLAlchemy, and of every driver
DISK_FULL = "53100"
CONNECTING = "connection "  # what libpq says about one that it could not make begins so
MOST_SAID = 300
SILENT_LOOKS = 10
SILENT = "it does not answer"
SQLITE_REFUSES = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)


class Failure(Enum):
    """Why the database can't be used: what fails and why, in words for the log, and for how many
    seconds it must not have failed until it works again.

    Where new connections are refused the others still work, and so may reads where nothing can be
    written. A race is tried again, and not logged.
    """

    AWAY = ("The database", "it can't be reached", 2.0)
    FULL = ("Writing to the database", "its disk is full", 10.0)
    REFUSED = ("Writing to the database", "it refuses to store anything", 10.0)
    LOCKED = ("Waiting for a lock", "another transaction holds it for too long", 10.0)
    SLOW = ("Reading", "a statement takes longer than DATABASE_STATEMENT_SECONDS", 10.0)
    DESCRIPTORS = ("This process", "it has no file descriptors left", 10.0)
    POOL = ("The pool", "all connections are in use for DATABASE_POOL_SECONDS", 10.0)
    RACE = ("", "", 0.0)


_outages: dict[Failure | None, tuple[Outage, str]] = {
    failure: (Outage(name, logger, calm_seconds), reason)
    for failure in Failure
    for name, reason, calm_seconds in [failure.value]
    if failure is not Failure.RACE
}


class Watch:
    """Sees that the database answers nothing, though connections to it are open: it is frozen, or
    its packets are lost. Then no statement fails, each waits.

    It counts its looks, one a second, and not the time: a process that was paused has not looked.
    """

    def __init__(self) -> None:
        self._looks = 0

    @property
    def is_silent(self) -> bool:
        """Return whether nothing was answered for a while."""
        return self._looks >= SILENT_LOOKS

    def look(self) -> None:
        """Log that the database does not answer, if that is so."""
        self._looks += 1
        if self.is_silent:
            outage, _ = _outages[Failure.AWAY]
            outage.failed(SILENT)

    def answered(self) -> None:
        """Begin to count anew."""
        self._looks = 0


watch = Watch()


def failure_of(error: BaseException | None) -> Failure | None:
    """Return why the database could not be used, as an error or what has caused it says; None
    where that is about something else: values, a defect."""
    return next(filter(None, map(_failure_of, _causes(error))), None)


def said(error: BaseException | None) -> str:
    """Return what PostgreSQL, or the way there, has said to a connection that could not be made:
    one line for an operator's terminal, after a space, or nothing. libpq names the host, the user
    and the database in it, and no password."""
    for cause in _causes(error):
        words = str(getattr(cause, "orig", "")).partition("\n")[0][:MOST_SAID].strip()
        if words.startswith(CONNECTING):
            return f" ({''.join(each if each.isprintable() else ' ' for each in words)})"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error, what has caused it, what has caused that, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def note(error: BaseException | None) -> Failure | None:
    """Return why the database could not be used, and log it, unless that is in the log."""
    failure = failure_of(error)
    if failure in _outages:
        outage, reason = _outages[failure]
        outage.failed(reason)
    return failure


def note_lock() -> None:
    """Log that a row was locked for too long, unless that is in the log."""
    outage, reason = _outages[Failure.LOCKED]
    outage.failed(reason)


def note_success() -> None:
    """Log that the database can be used again, if that is so. It is called a few times a second."""
    watch.answered()
    for outage, _ in _outages.values():
        outage.recovered()


class HideFailures(logging.Filter):
    """Drops the records of what has failed because the database could not be used: there is one
    line about that, instead of one with a traceback for each."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record stays."""
        return not (record.exc_info and note(record.exc_info[1]) in _outages)


def _failure_of(error: BaseException) -> Failure | None:
    if isinstance(error, PoolTimeoutError):
        return Failure.POOL
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return Failure.DESCRIPTORS  # for a new connection, for example
    driver_error = getattr(error, "orig", error)
    if isinstance(driver_error, sqlite3.Error):
        return _failure_of_sqlite(driver_error)
    code = getattr(driver_error, "sqlstate", "")
    if code is None:  # the driver itself says so, and not PostgreSQL
        kinds = (*type(error).__mro__, *type(driver_error).__mro__)
        return Failure.AWAY if CONNECTION_LOST & {kind.__name__ for kind in kinds} else None
    return _failure_by(code)


def _failure_of_sqlite(error: sqlite3.Error) -> Failure | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Failure.FULL
    if code in SQLITE_REFUSES:
        return Failure.REFUSED
    if code == sqlite3.SQLITE_CANTOPEN:
        return Failure.AWAY
    return Failure.LOCKED if is_sqlite_lock(error) else None


def _failure_by(code: str) -> Failure | None:
    if code in (*RACES, PAUSED):
        return Failure.RACE
    if code in AWAY or code.startswith(CLASSES_AWAY[0]):
        return Failure.AWAY
    if code == DISK_FULL:
        return Failure.FULL
    if code.startswith(CLASSES_AWAY[1]):
        return Failure.REFUSED
    return {LOCKED: Failure.LOCKED, CANCELED: Failure.SLOW}.get(code)


def is_race(error: BaseException | None) -> bool:
    """Return whether a driver's error is a race that another transaction has won."""
    return getattr(error, "sqlstate", None) in (*RACES, PAUSED)


def is_sqlite_lock(error: sqlite3.Error) -> bool:
    """Return whether another process holds an SQLite database."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
