"""On PostgreSQL a transaction ends when its process is paused, and a write is tried again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import text

from app import create_app, postgresql
from app.config import Config
from app.database import write
from app.errors import Unavailable
from app.extensions import db
from app.migrating import exclusive_transaction
from app.models import ControlEvent
from app.models.control_event import Kind

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("context")]

IDLE_SECONDS = 0.3
PAUSE_SECONDS = 1.5


@pytest.fixture(scope="module")
def database_url(empty_postgres: str) -> str:
    return empty_postgres


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", IDLE_SECONDS)
    app = create_app(Config("a key for tests", database_url=database_url, models=("demo",)))
    with app.app_context():
        db.create_all()
        yield app
        db.drop_all()
        db.engine.dispose()


class PausedPost:
    """Posts a control event, and is paused before its commit: the first few times."""

    def __init__(self, pauses: int) -> None:
        self.pauses = pauses
        self.tries = 0

    def __call__(self) -> None:
        self.tries += 1
        ControlEvent.post(Kind.REJOIN, f"try {self.tries}")
        if self.tries <= self.pauses:
            time.sleep(PAUSE_SECONDS)


def rooms() -> list[str]:
    return [row.room for row in db.session.execute(ControlEvent.after())]


def test_a_write_whose_process_was_paused_is_rolled_back_and_tried_again() -> None:
    post = PausedPost(pauses=1)
    write(post)
    assert post.tries == 2
    assert rooms() == ["try 2"]


def test_a_write_that_was_paused_for_too_long_is_refused() -> None:
    with pytest.raises(Unavailable):
        write(PausedPost(pauses=1), give_up_seconds=PAUSE_SECONDS / 2)
    assert rooms() == []


def test_a_paused_transaction_keeps_its_locks_from_nobody() -> None:
    write(lambda: ControlEvent.post(Kind.REJOIN, "a"))
    lock = text("SELECT * FROM control_event FOR UPDATE")
    with db.engine.connect() as paused:
        paused.execute(lock)
        write(lambda: db.session.execute(lock) and None, give_up_seconds=10 * PAUSE_SECONDS)
        paused.invalidate()


def test_a_migration_may_compute_between_two_statements() -> None:
    with exclusive_transaction(db.engine) as connection:
        time.sleep(PAUSE_SECONDS)
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_process_that_is_paused_between_two_rows_keeps_no_locks_either() -> None:
    with db.engine.connect() as paused:
        cursor = paused.connection.cursor()
        with pytest.raises(IdleInTransactionSessionTimeout):
            cursor.executemany("SELECT 1 WHERE %s > 0", paused_rows())
        paused.invalidate()


def paused_rows() -> Iterator[tuple[int]]:
    yield (1,)
    time.sleep(PAUSE_SECONDS)
    yield (2,)


def test_all_rows_of_a_statement_are_counted() -> None:
    with db.engine.begin() as connection:
        values = [{"name": name} for name in ("a", "b")]
        connection.execute(text("CREATE TEMPORARY TABLE names (name text)"))
        added = connection.execute(text("INSERT INTO names VALUES (:name)"), values)
        assert added.rowcount == 2
        changed = connection.execute(text("UPDATE names SET name = name || :name"), values)
        assert changed.rowcount == 4
        assert connection.execute(text("UPDATE names SET name = 'c'")).rowcount == 2
        assert connection.scalars(text("SELECT name FROM names")).all() == ["c", "c"]
