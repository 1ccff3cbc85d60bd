"""`flask backup` and `flask restore`: what is refused, and what they leave behind.

That they keep every row is in system/test_backup.py.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from app.backups import back_up, restore
from app.errors import Conflict
from app.migrating import newest_migration
from tests.commands.expecting import refused
from tests.support.backups import done, rows, run
from tests.support.database import Database

NO_SERVER = "postgresql+psycopg://olive:sesame@127.0.0.1:1/x"

At = Callable[[str], Database]


@pytest.fixture
def at(tmp_path: Path) -> At:
    """Return a function that returns the database in a file of this test."""
    return lambda name: Database.at(f"sqlite:///{tmp_path / name}")


@pytest.fixture
def old(at: At, blank_database: Path, tmp_path: Path) -> Database:
    """A database that has the app's tables."""
    shutil.copy(blank_database, tmp_path / "old.sqlite3")
    return at("old.sqlite3")


@pytest.fixture
def file(old: Database, tmp_path: Path) -> Path:
    """A backup of it."""
    done(old, "backup", tmp_path / "backup")
    return tmp_path / "backup"


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_backup_is_a_new_file_for_its_owner_alone(old: Database, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert refused(run(old, "backup", file), f"There is a file {file} already.")
    before = file.read_bytes()
    assert refused(run(old, "backup", file.parent / "none" / "backup"))
    assert file.read_bytes() == before


def test_what_was_deleted_is_not_in_a_backup(old: Database, file: Path, tmp_path: Path) -> None:
    text = "a secret that was deleted " * 100
    change(
        tmp_path / "old.sqlite3",
        "PRAGMA secure_delete = OFF",
        "CREATE TABLE notes (text)",
        f"INSERT INTO notes VALUES ('{text}')",
        "DELETE FROM notes",
    )
    assert text.encode() in (tmp_path / "old.sqlite3").read_bytes(), "precondition"
    done(old, "backup", tmp_path / "again")
    assert b"a secret" not in (tmp_path / "again").read_bytes()


def test_a_backup_that_fails_leaves_no_file(at: At, tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert refused(run(at("broken.sqlite3"), "backup", tmp_path / "backup"), "Nothing was changed")
    assert not (tmp_path / "backup").exists()


def test_a_database_with_tables_is_replaced_only_when_told_so(
    at: At, old: Database, file: Path, tmp_path: Path
) -> None:
    assert refused(run(old, "restore", file), "The database has tables already.", "--replace")
    change(tmp_path / "old.sqlite3", "CREATE TABLE later (id INTEGER)")
    assert "is what it was" in done(old, "restore", "--replace", file)
    with closing(sqlite3.connect(tmp_path / "old.sqlite3")) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert ("message",) in found and ("later",) not in found
    new = at("new.sqlite3")
    done(new, "restore", file)
    assert stat.S_IMODE((tmp_path / "new.sqlite3").stat().st_mode) == 0o600
    assert rows(new) == rows(old)


def test_nothing_is_restored_while_somebody_uses_the_database(
    old: Database, file: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "old.sqlite3")) as server:
        server.execute("SELECT * FROM message").fetchall()  # from now on it has it open
        assert refused(run(old, "restore", "--replace", file), "Stop it first.")
    done(old, "restore", "--replace", file)


def test_a_backup_of_a_newer_version_is_refused(old: Database, file: Path) -> None:
    change(file, "UPDATE alembic_version SET version_num = '9999'")
    assert refused(run(old, "restore", "--replace", file), "a newer version of Midstream")
    change(file, "DROP TABLE alembic_version")
    assert refused(run(old, "restore", "--replace", file), "or of another program")


def test_after_one_of_an_earlier_version_the_database_is_to_be_upgraded(
    old: Database, file: Path
) -> None:
    assert "upgrade" not in done(old, "restore", "--replace", file)
    change(file, "UPDATE alembic_version SET version_num = '0001'")
    assert "Run `flask db upgrade`." in done(old, "restore", "--replace", file)


@pytest.mark.parametrize("kept", [0, 5000, -5000])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    old: Database, file: Path, kept: int
) -> None:
    before = rows(old)
    file.write_bytes(file.read_bytes()[:kept])
    assert refused(run(old, "restore", "--replace", file), str(file))
    assert rows(old) == before
    assert refused(run(old, "restore", "--replace", "none"))


def test_the_programs_of_postgresql_must_be_there_and_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(NO_SERVER)
    with pytest.raises(Conflict, match="pg_dump says why"):
        back_up(engine, tmp_path / "backup")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Conflict, match="pg_dump is not installed"):
        back_up(engine, tmp_path / "backup")


def test_a_backup_of_the_other_kind_is_refused(
    old: Database, file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Conflict, match="no backup of the kind of database"):
        restore(create_engine(NO_SERVER), file)
    dump = tmp_path / "dump"
    dump.write_bytes(b"PGDMP")
    assert refused(run(old, "restore", dump), "no backup of the kind of database")
    with pytest.raises(Conflict, match="pg_restore says why"):
        restore(create_engine(NO_SERVER), dump)
    assert "pg_restore: error" in capfd.readouterr().err


def test_the_newest_migration_is_that_of_a_database_that_is_up_to_date(old: Database) -> None:
    assert rows(old)["alembic_version"] == {(repr(newest_migration()),)}
