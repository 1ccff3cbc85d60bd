"""How all commands report errors of the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import database
from app.extensions import db
from tests.commands.conftest import Run
from tests.commands.expecting import refused

COMMANDS = (
    ("seed", "demo"),
    ("seed", "user", "olive@example.com", "--name", "Olive", "--password", "olive's secret"),
    ("seed", "conversation", "Reading along", "--member", "olive@example.com"),
    ("token", "list", "olive@example.com"),
    ("members", "add", "0" * 32, "olive@example.com"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_without_tables_is_reported_in_a_sentence(
    run: Run, command: tuple[str, ...]
) -> None:
    db.drop_all()
    assert refused(run(*command), "flask db upgrade", "DATABASE_URL")


@pytest.mark.usefixtures("cast")
def test_a_database_locked_by_another_process_is_reported_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "GIVE_UP_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "commands.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refused(run("token", "create", "olive@example.com", "--name", "phone"), "try again")
