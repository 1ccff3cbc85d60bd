"""A PostgreSQL that all test files of a process share: each has a database of its own in it. Tests
that stop PostgreSQL or set it up otherwise start another one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from flask_migrate import upgrade

from app.extensions import db
from tests.support.database import Database
from tests.support.services import Cluster, postgres_cluster

NUMBERS = count(1)
TEMPLATE = "migrated"


def migrate(database_url: str) -> None:
    """Do what `flask db upgrade` does, in this process: to start one takes longer."""
    with Database.at(database_url).app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The PostgreSQL that this process's tests share."""
    with postgres_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_template(postgres: Cluster) -> str:
    """The name of a database there as `flask db upgrade` makes it, which is copied for others."""
    migrate(postgres.database(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
def empty_postgres(postgres: Cluster) -> str:
    """The URL of a database there that is the file's own and has no tables."""
    return postgres.database(f"empty{next(NUMBERS)}")


@pytest.fixture(scope="module")
def migrated_postgres(postgres: Cluster, migrated_template: str) -> str:
    """The URL of a database there that is the file's own, as `flask db upgrade` makes it."""
    return postgres.database(f"file{next(NUMBERS)}", migrated_template)
