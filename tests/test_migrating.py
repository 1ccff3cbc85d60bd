"""Migrations run in one transaction that one process at a time has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine

from app import migrating
from app.migrating import WAITING, Unreachable, exclusive_transaction
from tests.support.clock import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new.sqlite3"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """An engine for a database with a message and its log."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT)",
            "CREATE TABLE entry (message_id INTEGER REFERENCES message ON DELETE CASCADE)",
            "INSERT INTO message VALUES (1, 'Hi')",
            "INSERT INTO entry VALUES (1)",
        ):
            connection.exec_driver_sql(statement)
    yield engine
    engine.dispose()


def test_the_others_wait_and_say_so(
    engine: Engine,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    monkeypatch.setattr(migrating, "time", clock)
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO entry VALUES (1)")
    clock.at(10.0, lambda: other.execute("COMMIT"))
    with exclusive_transaction(engine) as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM entry").scalar()
    other.close()
    assert found == 2, "what the other one has done must be seen"
    assert clock.elapsed > 10
    assert capsys.readouterr().err == f"{WAITING}\n"


def test_a_table_that_is_copied_keeps_what_refers_to_it(engine: Engine) -> None:
    with exclusive_transaction(engine) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("message", recreate="always") as batch:
            batch.alter_column("text", new_column_name="content")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT message_id FROM entry").all() == [(1,)]
        assert connection.exec_driver_sql("SELECT content FROM message").all() == [("Hi",)]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_what_fails_leaves_nothing(engine: Engine, path: Path) -> None:
    with pytest.raises(RuntimeError), exclusive_transaction(engine) as connection:
        connection.exec_driver_sql("DROP TABLE message")
        raise RuntimeError
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM message").all() == [("Hi",)]
    with sqlite3.connect(path, timeout=0) as other:
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite3"
    path.write_text("This is no database." * 100)
    engine = create_engine(f"sqlite:///{path}")
    with pytest.raises(Unreachable), exclusive_transaction(engine):
        raise AssertionError
    engine.dispose()
