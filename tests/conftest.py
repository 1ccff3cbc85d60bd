"""Fixtures of all tests: a database of its own for each, an app in this process, and its client."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache, Undefined
from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app import create_app, mail
from app.auth import passwords
from app.config import Config
from app.extensions import Base, db
from app.transport import versions
from tests.support.asyncapi import DEVIATIONS
from tests.support.cast import WEAK, Cast, create_cast
from tests.support.database import Database
from tests.support.filled import filling
from tests.support.harness import Harness
from tests.support.order import slow_files_first
from tests.support.services import redis_server
from tests.support.shared_postgres import (
    empty_postgres,
    migrate,
    migrated_postgres,
    migrated_template,
    postgres,
)
from tests.support.yields import YIELDS, watching

__all__ = ["empty_postgres", "migrated_postgres", "migrated_template", "postgres"]

PYPROJECT = str(Path(__file__).parents[1] / "pyproject.toml")
GUARANTEES = {"faults", "proof", "security", "transport", "vectors"}
OF_A_ROUTE = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
MEASURED = pytest.StashKey[bool]()
STAGES = {"system", "local_model", "async_mode", "proof", "alone", "timing"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Refuse `timing` on tests that prove a guarantee: those are never run again. And refuse a
    marker that a test has from another file: `bin/test` searches for them. Put slow files first."""
    markers = {(item.path, marker.name) for item in items for marker in item.iter_markers()}
    for path, name in markers:
        if name in STAGES and f"mark.{name}" not in path.read_text("utf-8"):
            raise pytest.UsageError(f"{path} must have the marker {name} itself")
    for item in items:
        if item.get_closest_marker("timing") and GUARANTEES & set(item.nodeid.split("/")):
            raise pytest.UsageError(f"{item.nodeid} proves a guarantee: it can't be `timing`")
    yield
    if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
        items[:] = slow_files_first(items, int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note whether coverage is measured, and would be in all processes that this one starts.

    Look for garbage less often, and not in what was imported and collected: in each test it took
    a fifth of the time."""
    session.config.stash[MEASURED] = bool(os.environ.pop("COVERAGE_PROCESS_CONFIG", None))
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped test fails the run: what is skipped unseen is not tested."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        reporter.ensure_newline()
        reporter.write_line("With CI=true no test may be skipped.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Measure the coverage of processes that a `counted` test starts, and of no others: it takes
    a quarter of the time. Let coverage tell their green threads apart; here only a few tests of the
    transport have some, and to ask at each call which one it is takes a sixth of the time."""
    if item.config.stash[MEASURED] and item.get_closest_marker("counted"):
        os.environ |= {"COVERAGE_PROCESS_START": PYPROJECT, "GREEN_THREADS": "greenlet"}
    else:
        os.environ.pop("COVERAGE_PROCESS_START", None)


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file as `flask db upgrade` makes it: copy it, don't change it."""
    path = tmp_path_factory.mktemp("blank") / "midstream.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(autouse=True)
def documented() -> Iterator[None]:
    """Fail a test that has sent or received anything that docs/asyncapi.yaml does not allow."""
    DEVIATIONS.clear()
    yield
    assert not DEVIATIONS, "\n".join(DEVIATIONS)


@pytest.fixture(autouse=True)
def not_yielding() -> Iterator[None]:
    """Fail a test in which the app has yielded inside a writing transaction."""
    YIELDS.clear()
    with watching():
        yield
    assert not YIELDS, "\n".join(YIELDS)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords weakly: a strong hash takes as long as the rest of a test."""
    monkeypatch.setattr(passwords, "HASHER", WEAK)


@pytest.fixture(autouse=True)
def no_later_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try once to send a mail: a later try would be logged in another test."""
    monkeypatch.setattr(mail, "PAUSES_SECONDS", (0,))


@pytest.fixture(scope="session")
def database_with_cast(
    blank_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Cast]:
    """An SQLite file with the cast in it, and the cast: to make it takes longer than to copy it."""
    with filling(blank_database, tmp_path_factory.mktemp("cast")) as (path, _):
        cast = create_cast()
    return path, cast


@pytest.fixture
def database_url(request: pytest.FixtureRequest, blank_database: Path, tmp_path: Path) -> str:
    """The URL of a database only for this test: empty, but for the cast if the test takes it."""
    path = blank_database
    if "database_with_cast" in request.fixturenames:
        path, _ = request.getfixturevalue("database_with_cast")
    return f"sqlite:///{shutil.copy(path, tmp_path / 'midstream.sqlite3')}"


class NoSuchAttribute(Undefined):
    """An error where a template asks whether a row has something that no row has."""

    def __bool__(self) -> bool:
        assert not isinstance(self._undefined_obj, Base), self._undefined_message
        return super().__bool__()


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Compiled once for all apps of this process: each would spend a third of a test on it, more
    than a minute of the whole run. What the compiler makes of a template depends on nothing else.
    """
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def compiled_routes() -> Iterator[None]:
    """Compiled once for all apps of this process: each would spend half of a test on it, more than
    a minute of the whole run. What is compiled for equal rules is equal; to build an address, it
    gets the rule as an argument."""
    compiled: dict[tuple[str, str, str | None, bool | None], dict[str, Any]] = {}
    compile_rule = Rule.compile

    def once(rule: Rule) -> None:
        key = (rule.rule, repr(rule.defaults), rule.subdomain, rule.merge_slashes)
        if key not in compiled:
            compile_rule(rule)
            compiled[key] = {name: vars(rule)[name] for name in OF_A_ROUTE}
        vars(rule).update(compiled[key])
        rule._build = rule._build.__func__.__get__(rule)  # type: ignore[attr-defined]
        rule._build_unknown = rule._build_unknown.__func__.__get__(rule)  # type: ignore[attr-defined]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def versions_read_once() -> Iterator[None]:
    """Read once: to find out what is installed takes each app a fifth of its making."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "version", cache(versions.version))
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[None]:
    """Compiled once for all databases of this process: each engine would compile its own, which
    takes a quarter of a test, more than a minute of the whole run."""
    first: dict[tuple[str, str], Dialect] = {}
    cache: LRUCache[Any, Any] = LRUCache(10_000)
    compile_statement = ClauseElement._compile_w_cache

    def once(statement: ClauseElement, dialect: Dialect, **options: Any) -> Any:
        dialect = first.setdefault((dialect.name, dialect.driver), dialect)
        return compile_statement(statement, dialect, **options | {"compiled_cache": cache})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClauseElement, "_compile_w_cache", once)
        yield


@pytest.fixture
def app(database_url: str, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """An app in this process, without its background tasks."""
    config = Config("a key for tests", database_url=database_url, models=("demo",))
    app = create_app(config)
    app.config["TESTING"] = True
    app.jinja_env.undefined = NoSuchAttribute
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # connections to read and to write are kept until then


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client, not signed in."""
    return app.test_client()


@pytest.fixture
def database(app: Flask) -> Database:
    """The app's database."""
    return Database(app)


@pytest.fixture
def cast(database_with_cast: tuple[Path, Cast]) -> Cast:
    """The four people, in the app's database, unless a test file makes that in its own way."""
    return database_with_cast[1]


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """Push the app's context for the test."""
    with app.app_context():
        yield


@pytest.fixture
def harness(app: Flask, context: None) -> Harness:
    """The app, whose background tasks run only when the test says so; its context is pushed."""
    return Harness(app)


@pytest.fixture
def conversation(database: Database, cast: Cast) -> str:
    """The id of a conversation of Olive's with Max; Rex was removed from it."""
    conversation = database.conversation(cast.olive, cast.max, cast.rex)
    database.remove_member(conversation, cast.rex)
    return conversation


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis started for the tests."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url
