"""SQLite's log is moved into the database beside the event loop, before a commit has to do it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import checkpoints, create_app
from app.config import Config
from app.database import LOG_BYTES, PAGES_PER_CHECKPOINT, write
from app.extensions import db

PAGE_BYTES = 4096
WORDS = "x" * PAGE_BYTES


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    url = f"sqlite:///{tmp_path}/midstream.sqlite3"
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    with app.app_context():
        write(lambda: db.session.execute(text("CREATE TABLE note (words TEXT)")))
        yield tmp_path / "midstream.sqlite3-wal"
        db.session.remove()
        db.engine.dispose()


def add(pages: int) -> None:
    rows = [{"words": WORDS}] * pages
    write(lambda: db.session.execute(text("INSERT INTO note VALUES (:words)"), rows))


def count() -> int:
    return int(db.session.scalar(text("SELECT count(*) FROM note")) or 0)


def test_a_long_log_begins_anew_with_the_next_commit(log: Path) -> None:
    pages = 2 * LOG_BYTES // PAGE_BYTES
    assert pages < PAGES_PER_CHECKPOINT, "a commit would do it"
    add(pages)
    assert log.stat().st_size > LOG_BYTES

    checkpoints.move_log()
    add(1)

    assert log.stat().st_size <= LOG_BYTES
    assert count() == pages + 1


def test_a_short_log_is_left_alone(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    monkeypatch.setattr(checkpoints, "_move", moved.append)
    add(1)
    checkpoints.move_log()
    os.truncate(log, LOG_BYTES)
    checkpoints.move_log()
    assert moved == []


def test_a_reader_of_an_earlier_state_is_not_in_the_way(log: Path) -> None:
    with db.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM note"))
        add(2 * LOG_BYTES // PAGE_BYTES)
        checkpoints.move_log()
        assert reader.scalar(text("SELECT count(*) FROM note")) == 0
    checkpoints.move_log()
    add(1)
    assert log.stat().st_size <= LOG_BYTES


@pytest.mark.postgres
def test_postgresql_has_none_that_is_ours(empty_postgres: str) -> None:
    app = create_app(Config("a key for tests", database_url=empty_postgres, models=("demo",)))
    with app.app_context():
        checkpoints.move_log()
        db.engine.dispose()
