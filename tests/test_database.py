"""Transactions: a write holds the lock from its start, a read sees one snapshot."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, event, select, text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.config import Config
from app.database import (
    BUSY_TIMEOUT_MS,
    LOCK_RETRY_SECONDS,
    PAGES_PER_CHECKPOINT,
    find,
    protect_file,
    read,
    release,
    write,
    write_in_turn,
)
from app.direct import DirectStatement, Values
from app.extensions import db
from app.models import ControlEvent
from app.models.control_event import Kind

pytestmark = pytest.mark.usefixtures("context")

SECONDS = 30.0


@pytest.fixture
def other(database_url: str, app: Flask) -> Iterator[sqlite3.Connection]:
    """A second connection to the database, which never waits for a lock."""
    path = database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    yield connection
    connection.close()


def post(room: str = "a") -> None:
    ControlEvent.post(Kind.REJOIN, room)


def rooms() -> list[str]:
    return [row.room for row in db.session.execute(ControlEvent.after())]


def put(connection: sqlite3.Connection, room: str) -> None:
    created_at = "2026-01-01 00:00:00"
    values = ("rejoin", room, created_at)
    connection.execute(
        "INSERT INTO control_event (kind, room, created_at) VALUES (?, ?, ?)", values
    )


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("foreign_keys", 1),
        ("synchronous", 1),
        ("busy_timeout", BUSY_TIMEOUT_MS),
        ("wal_autocheckpoint", PAGES_PER_CHECKPOINT),
    ],
)
def test_every_connection_has_the_pragmas(pragma: str, value: object) -> None:
    connections = [db.engine.connect() for _ in range(3)]
    found = [each.exec_driver_sql(f"PRAGMA {pragma}").scalar() for each in connections]
    for each in connections:
        each.close()
    assert found == [value] * 3


def test_the_busy_timeout_of_sqlite_is_short() -> None:
    assert BUSY_TIMEOUT_MS <= 50, "no greenlet runs during it"


def test_a_write_holds_the_lock_from_its_start(other: sqlite3.Connection) -> None:
    def work() -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    write(work)
    other.execute("BEGIN IMMEDIATE")


def test_a_read_takes_no_lock_and_sees_one_snapshot(other: sqlite3.Connection) -> None:
    def work() -> tuple[list[str], list[str]]:
        before = rooms()
        put(other, "other")
        return before, rooms()

    assert read(work) == ([], [])
    assert read(rooms) == ["other"]


def test_a_write_sees_everything_committed_before_it(other: sqlite3.Connection) -> None:
    assert rooms() == [], "precondition: this session has an open, older read"
    put(other, "other")
    assert write(rooms) == ["other"]


def test_a_failed_write_is_rolled_back_and_releases_the_lock(other: sqlite3.Connection) -> None:
    def work() -> None:
        post()
        db.session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(work)
    assert read(rooms) == []
    other.execute("BEGIN IMMEDIATE")


class Pause:
    """Stands for `time`: a pause lasts until the test ends it."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self.begun, self.over = threading.Event(), threading.Event()

    def sleep(self, _seconds: float) -> None:
        self.begun.set()
        assert self.over.wait(SECONDS)


def test_of_changes_in_turn_one_runs_at_a_time_and_everything_else_before_the_next(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    monkeypatch.setattr("app.database.time", pause)

    def change(room: str) -> None:
        with app.app_context():
            write_in_turn(lambda: post(room))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(change, "first")
        assert pause.begun.wait(SECONDS)
        second = pool.submit(change, "second")
        write(lambda: post("others"))
        assert read(rooms) == ["first", "others"], "no lock is held between two changes"
        pause.over.set()
        for each in (first, second):
            each.result(SECONDS)
    assert read(rooms) == ["first", "others", "second"]


def test_a_change_in_turn_that_waits_for_the_database_holds_up_no_other(
    app: Flask, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if seconds:  # it waits for the lock, outside of its turn
            other.execute("ROLLBACK")
            write_in_turn(lambda: post("meanwhile"))

    monkeypatch.setattr("app.database.time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    other.execute("BEGIN IMMEDIATE")
    write_in_turn(lambda: post("late"))
    assert read(rooms) == ["meanwhile", "late"]
    assert pauses == [0, LOCK_RETRY_SECONDS, 0, 0]


POSTED_AFTER = select(ControlEvent.room).where(ControlEvent.id > bindparam("after"))
POSTED = DirectStatement(POSTED_AFTER)


class Nested(DirectStatement):
    """A statement during which another one is run."""

    def find(self, connection: Connection, values: Values) -> list[str]:
        """Return what both find."""
        here = super().find(connection, values)
        return [row.room for row in (*here, *find(POSTED, values))]


@pytest.fixture
def taken() -> Iterator[list[str]]:
    """What was taken from the pool of connections and given back."""
    taken: list[str] = []
    names = ("checkout", "checkin")
    notes = [lambda *_, name=name: taken.append(name) for name in names]
    for name, note in zip(names, notes, strict=True):
        event.listen(db.engine, name, note)
    yield taken
    for name, note in zip(names, notes, strict=True):
        event.remove(db.engine, name, note)


def test_statements_beside_the_session_share_a_connection_that_is_kept(taken: list[str]) -> None:
    write(post)
    taken.clear()
    for _ in range(3):
        assert [row.room for row in find(POSTED, {"after": 0})] == ["a"]
    assert taken == ["checkout"]


def test_of_connections_that_are_used_at_once_one_is_kept(taken: list[str]) -> None:
    write(post)
    find(POSTED, {"after": 0})
    taken.clear()
    nested = Nested(POSTED_AFTER)
    for _ in range(2):
        assert find(nested, {"after": 0}) == ["a", "a"]
    assert taken == ["checkout", "checkin"] * 2


def test_a_connection_that_has_failed_is_not_kept(taken: list[str]) -> None:
    find(POSTED, {"after": 0})
    missing = DirectStatement(text("SELECT 1 FROM nowhere"))
    with pytest.raises(OperationalError):
        find(missing, {})
    assert taken == ["checkout", "checkin"]
    assert find(POSTED, {"after": 0}) == []


def test_what_was_committed_is_found_on_a_kept_connection(other: sqlite3.Connection) -> None:
    assert find(POSTED, {"after": 0}) == []
    put(other, "b")
    assert [row.room for row in find(POSTED, {"after": 0})] == ["b"]


def test_release_returns_the_connection_to_the_pool() -> None:
    db.session.execute(text("SELECT 1"))
    assert db.engine.pool.checkedout() == 1
    release()
    assert db.engine.pool.checkedout() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("exists", [False, True])
def test_an_sqlite_file_and_its_log_are_readable_by_their_owner_alone(
    tmp_path: Path, exists: bool
) -> None:
    path = tmp_path / "mine.sqlite3"
    if exists:
        path.touch(0o644)
    tmp_path.chmod(0o755)
    before = os.umask(0o022)
    try:
        app = create_app(Config("key", database_url=f"sqlite:///{path}", models=("demo",)))
        with app.app_context():
            db.create_all()
            write(post)
            assert {mode(each) for each in tmp_path.glob("mine.*")} == {0o600}
            assert (tmp_path / "mine.sqlite3-wal").exists()
            db.engine.dispose()
    finally:
        os.umask(before)
    assert mode(tmp_path) == 0o755, "a folder that the operator chose keeps its permissions"


@pytest.mark.parametrize("url", ["sqlite:///mine.sqlite3", "sqlite:///{}/mine.sqlite3"])
def test_our_folder_is_open_to_its_owner_alone(tmp_path: Path, url: str) -> None:
    instance = tmp_path / "instance"
    protect_file(url.format(instance), instance)
    assert (mode(instance), mode(instance / "mine.sqlite3")) == (0o700, 0o600)
    instance.chmod(0o755)
    protect_file(url.format(instance), instance)
    assert mode(instance) == 0o700


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql+psycopg://x@y/z"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, url: str) -> None:
    protect_file(url, tmp_path / "instance")
    assert not (tmp_path / "instance").exists()
