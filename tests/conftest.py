"""What all tests share: a migrated database each, an app in this process, and its client."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.auth import passwords
from app.config import Config
from app.extensions import db
from tests.support import redis
from tests.support.asyncapi import DEVIATIONS
from tests.support.cast import WEAK, Cast, appear
from tests.support.dealing import slow_first
from tests.support.harness import Harness
from tests.support.marks import may_select
from tests.support.once import made_once
from tests.support.records import Records
from tests.support.server import command
from tests.support.statements import CompiledStatements
from tests.support.templates import CompiledTemplates
from tests.support.yields import YIELDS, watching

TEMPLATES = CompiledTemplates()
STATEMENTS = CompiledStatements()

gc.disable()  # what is imported and found now stays


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files alone that hold nothing of what is asked for: to import them takes seconds."""
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    return not may_select(config.option.markexpr, collection_path.read_text("utf-8")) or None


@pytest.hookimpl(trylast=True)  # when it is known which tests are asked for
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each who tests beside others begin with what takes long."""
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
        items[:] = slow_first(items, workers, lambda item: bool(item.get_closest_marker("slow")))


def pytest_collection_finish() -> None:
    """From here on there may be garbage, but not in all that."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file as `flask db upgrade` makes it; copy it, don't touch it."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return made_once(
        folder / "blank.sqlite3", lambda path: command(f"sqlite:///{path}", "db", "upgrade")
    )


@pytest.fixture(autouse=True)
def documented() -> Iterator[None]:
    """Whatever went over the wire in a test is as docs/asyncapi.yaml says."""
    DEVIATIONS.clear()
    yield
    assert not DEVIATIONS, "\n".join(DEVIATIONS)


@pytest.fixture(autouse=True)
def not_yielding() -> Iterator[None]:
    """Nothing in this process yields inside a transaction that writes."""
    YIELDS.clear()
    with watching():
        yield
    assert not YIELDS, "\n".join(YIELDS)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hashes be weak ones: a strong one takes as long to make as all else in a test."""
    monkeypatch.setattr(passwords, "HASHER", WEAK)


@pytest.fixture
def database_url(blank_database: Path, tmp_path: Path) -> str:
    """The address of an empty database of the test's own."""
    path = shutil.copy(blank_database, tmp_path / "midstream.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture
def app(database_url: str) -> Flask:
    """An app in this process, whose beat and leases don't run."""
    config = Config("a key for tests", database_url=database_url, models=("demo",))
    app = create_app(config)
    app.config["TESTING"] = True
    app.jinja_env.bytecode_cache = TEMPLATES
    with app.app_context():
        STATEMENTS.share_with(db.engine)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def records(app: Flask) -> Records:
    """The app's database."""
    return Records(app)


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Everybody, in the app's database."""
    with app.app_context():
        return appear()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """The app's context, pushed while the test runs."""
    with app.app_context():
        yield


@pytest.fixture
def harness(app: Flask, context: None) -> Harness:
    """The app, in which nothing happens by itself, its context pushed."""
    return Harness(app)


@pytest.fixture
def conversation(records: Records, cast: Cast) -> str:
    """The id of a conversation that Olive owns, Max is in, and Rex was in."""
    conversation = records.conversation(cast.olive, cast.max, cast.rex)
    records.remove_member(conversation, cast.rex)
    return conversation


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own."""
    with redis.serving(tmp_path_factory.mktemp("redis")) as url:
        yield url
