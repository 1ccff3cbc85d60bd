"""Migrations create what the models describe, and can be reverted, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app import create_app
from app.config import Config
from app.extensions import db
from tests.support.services import postgres_server


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app with an empty database; its context is pushed."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.sqlite3"
    else:
        url = request.getfixturevalue("postgres_url")
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    with app.app_context():
        yield app
        db.drop_all()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        db.engine.dispose()


def tables() -> set[str]:
    """Return the names of the tables, without the migrations' own."""
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_an_upgrade_creates_what_the_models_describe(empty: Flask) -> None:
    assert tables() == set()
    upgrade()
    assert tables() == set(db.metadata.tables)
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
    assert differences == []


def test_an_upgrade_creates_every_index_with_its_condition(empty: Flask) -> None:
    def indexes() -> set[tuple[str, str, bool, bool]]:
        found = inspect(db.engine)
        return {
            (table, str(index["name"]), bool(index["unique"]), bool(index["dialect_options"]))
            for table in tables()
            for index in found.get_indexes(table)
            if "duplicates_constraint" not in index
        }

    db.create_all()
    expected = indexes()
    assert ("message", "one_streaming_answer_per_conversation", True, True) in expected
    db.drop_all()
    upgrade()
    assert indexes() == expected


def test_a_second_upgrade_changes_nothing(empty: Flask) -> None:
    upgrade()
    upgrade()
    assert tables() == set(db.metadata.tables)


def test_a_downgrade_drops_all_tables_and_can_be_upgraded_again(empty: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert tables() == set(db.metadata.tables)


def test_the_comparison_finds_a_missing_table(empty: Flask) -> None:
    """The comparison above must be able to fail."""
    upgrade()
    db.metadata.tables["entry"].drop(db.engine)
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) != []
