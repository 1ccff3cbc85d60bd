"""A write that finds the database locked yields, retries, and fails after a timeout."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app import database
from app.database import read, write
from app.errors import Locked, Unavailable
from app.extensions import db
from app.models import ControlEvent
from app.models.control_event import Kind
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.harness import Harness

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def other(database_url: str, app: Flask) -> Iterator[sqlite3.Connection]:
    """A second connection to the database, which holds the lock."""
    path = database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(database, "time", clock)
    monkeypatch.setattr(database, "GIVE_UP_SECONDS", 0.5)
    return clock


def post(room: str = "a") -> None:
    ControlEvent.post(Kind.REJOIN, room)


def rooms() -> list[str]:
    return [row.room for row in db.session.execute(ControlEvent.after())]


def test_a_write_yields_while_it_waits_for_the_lock(
    other: sqlite3.Connection, clock: Clock
) -> None:
    happened: list[float] = []
    clock.at(0.11, lambda: happened.append(clock.elapsed))
    clock.at(0.21, lambda: other.execute("COMMIT"))

    write(post)

    assert happened == [0.11], "other work must have run during the wait"
    assert read(rooms) == ["a"]


def test_a_lock_held_too_long_is_unavailable(other: sqlite3.Connection, clock: Clock) -> None:
    with pytest.raises(Unavailable):
        write(post)
    assert 0.5 < clock.elapsed < 0.7
    other.execute("COMMIT")
    assert read(rooms) == []


def test_a_connection_waits_while_another_process_opens_or_closes_a_new_database(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "new.sqlite3"
    opening = sqlite3.connect(path, timeout=0, isolation_level=None)
    opening.execute("BEGIN EXCLUSIVE")
    clock.at(0.21, lambda: opening.execute("COMMIT"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert 0.2 < clock.elapsed < 0.3
    engine.dispose()
    opening.close()


def test_a_caller_may_give_up_sooner(other: sqlite3.Connection, clock: Clock) -> None:
    with pytest.raises(Unavailable):
        write(post, give_up_seconds=0.2)
    assert 0.2 < clock.elapsed < 0.4


def test_a_locked_database_is_acknowledged_as_unavailable(
    harness: Harness, cast: Cast, conversation: str, other: sqlite3.Connection, clock: Clock
) -> None:
    max = harness.reader(cast.max)
    ack = max.ask("send", {"conversation": conversation, "content": "Hi"})
    assert (ack["ok"], ack["error"]) == (False, "unavailable")
    other.execute("COMMIT")
    assert max.ask("send", {"conversation": conversation, "content": "Hi"})["ok"]


class Postgres(Exception):
    """An error of the PostgreSQL driver."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def lost_race(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return error


def failing_once(error: Exception) -> Callable[[], int]:
    """Return a transaction that writes, and fails the first time."""
    runs: list[int] = []

    def work() -> int:
        runs.append(1)
        post(f"run {len(runs)}")
        if len(runs) == 1:
            db.session.flush()
            raise OperationalError("INSERT", {}, error)
        return len(runs)

    return work


@pytest.mark.parametrize(
    "error",
    [
        lost_race(sqlite3.SQLITE_BUSY),
        lost_race(sqlite3.SQLITE_BUSY_SNAPSHOT),
        lost_race(sqlite3.SQLITE_LOCKED),
        Postgres("40001"),
        Postgres("40P01"),
        Postgres("25P03"),
    ],
)
def test_a_transient_error_runs_the_whole_transaction_again(error: Any, clock: Clock) -> None:
    assert write(failing_once(error)) == 2
    assert read(rooms) == ["run 2"]


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (lost_race(sqlite3.SQLITE_FULL), Unavailable),
        (lost_race(sqlite3.SQLITE_IOERR), Unavailable),
        (lost_race(sqlite3.SQLITE_CORRUPT), OperationalError),
        (Postgres("53100"), Unavailable),
        (Postgres("55P03"), Locked),
        (Postgres("57P01"), Unavailable),
        (Postgres("08006"), Unavailable),
        (Postgres("57014"), Unavailable),
        (Postgres("42601"), OperationalError),
    ],
)
def test_an_error_that_does_not_pass_is_raised_at_once(
    error: Any, raised: type[Exception], clock: Clock
) -> None:
    with pytest.raises(raised):
        write(failing_once(error))
    assert clock.elapsed == 0
    assert read(rooms) == []
