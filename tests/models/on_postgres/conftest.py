"""An app on PostgreSQL, with new tables for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.config import Config
from app.extensions import db
from tests.support.cast import Cast, create_cast


@pytest.fixture(scope="module")
def database_url(empty_postgres: str) -> str:
    return empty_postgres


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = create_app(Config("a key for tests", database_url=database_url, models=("demo",)))
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.app_context():
        return create_cast()
