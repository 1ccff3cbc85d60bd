"""Connections to PostgreSQL: their time limits, those that no page can take, and PgBouncer."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import Integer, bindparam, literal, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import counts, create_app, postgresql
from app.config import RESERVED_CONNECTIONS, Config, DatabaseSettings
from app.database import find, find_first, read, write, write_directly
from app.direct import DirectStatement
from app.errors import Locked, Unavailable
from app.extensions import db
from app.postgresql import reserved_engine
from app.server.serving import check_connections
from tests.support.services import Cluster, pgbouncer, postgres_cluster
from tests.support.waiting import eventually

pytestmark = pytest.mark.postgres

ONE = DirectStatement(select(literal(1).label("one")))
ECHO = DirectStatement(select(bindparam("number", type_=Integer).label("number")))
SETTINGS = DatabaseSettings(
    pool_size=4,
    pool_overflow=0,
    pool_seconds=0.2,
    lock_seconds=0.3,
    commit_lock_seconds=0.15,
    statement_seconds=0.6,
)
ALLOWED = 27  # PostgreSQL keeps three more for its administrators
FEW, MANY = 10, 24
LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with postgres_cluster(max_connections=str(ALLOWED + 3)) as cluster:
        with cluster.connect() as connection:
            connection.execute("CREATE TABLE thing (id int PRIMARY KEY)")
            connection.execute("INSERT INTO thing VALUES (1), (2)")
        yield cluster


@pytest.fixture(scope="module")
def pooled_url(cluster: Cluster) -> Iterator[str]:
    with pgbouncer(cluster.url) as url:
        yield url


def app_at(url: str, settings: DatabaseSettings = SETTINGS) -> Flask:
    config = Config("a key for tests", database_url=url, database=settings, models=("demo",))
    return create_app(config)


@pytest.fixture(params=["direct", "PgBouncer"])
def app(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Flask]:
    """An app on PostgreSQL, and through a PgBouncer."""
    is_direct = request.param == "direct"
    app = app_at(cluster.url if is_direct else request.getfixturevalue("pooled_url"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def shown(*names: str) -> list[str]:
    return [str(db.session.scalar(text(f"SHOW {name}"))) for name in names]


def test_each_transaction_has_its_limits(app: Flask) -> None:
    for _ in range(3):
        assert read(lambda: shown(*LIMITS)) == ["300ms", "600ms", "20s"]
    reserved = write_directly(lambda it: it.scalar(text("SHOW lock_timeout")), reserved=True)
    assert reserved == "150ms"


def test_what_is_locked_or_slow_is_given_up(app: Flask, cluster: Cluster) -> None:
    with cluster.connect() as other:
        other.execute("BEGIN; SELECT * FROM thing WHERE id = 1 FOR UPDATE")
        change = text("UPDATE thing SET id = 1 WHERE id = 1")
        with pytest.raises(Locked):
            write(lambda: db.session.execute(change) and None)
    with pytest.raises(Unavailable):
        write(lambda: db.session.execute(text("SELECT pg_sleep(5)")) and None)
    write(lambda: db.session.execute(change) and None)


def test_commits_have_connections_while_pages_have_taken_all(app: Flask) -> None:
    with ExitStack() as pages:
        for _ in range(SETTINGS.pool_size):
            pages.enter_context(db.engine.connect())
        with pytest.raises(PoolTimeoutError):
            pages.enter_context(db.engine.connect())
        with pytest.raises(Unavailable):
            write(lambda: None)
        assert write_directly(lambda it: it.scalar(text("SELECT 1")), reserved=True) == 1
        assert [row.one for row in find(ONE, {}, reserved=True)] == [1]


def test_the_metrics_count_the_connections_for_commits_too(app: Flask) -> None:
    with db.engine.connect(), reserved_engine(db.engine).connect():
        counted = counts.DATABASE_CONNECTIONS.read()
    assert counted["in_use"] >= 1 and counted["reserved_in_use"] >= 1
    counted = counts.DATABASE_CONNECTIONS.read()
    assert counted["in_use"] == counted["reserved_in_use"] == 0
    assert counted["idle"] >= 1 and counted["reserved_idle"] >= 1


def test_a_connection_that_was_lost_is_replaced_where_something_is_read(
    app: Flask, cluster: Cluster
) -> None:
    assert find(ONE, {}) and find(ONE, {}, reserved=True)
    with cluster.connect() as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    for _ in range(3):
        assert [row.one for row in find(ONE, {})] == [1]
        assert [row.one for row in find(ONE, {}, reserved=True)] == [1]


def test_a_statement_that_is_run_often_by_several_is_answered(app: Flask) -> None:
    def run(number: int) -> None:
        with app.app_context():
            for _ in range(20):
                found.append(find_first(ECHO, {"number": number}).number == number)
                found.append(read(lambda: db.session.scalar(select(literal(number)))) == number)

    found: list[bool] = []
    threads = [threading.Thread(target=run, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 80


def named(cluster: Cluster) -> list[str]:
    """Return the names of the connections of processes."""
    query = "SELECT application_name FROM pg_stat_activity WHERE application_name ~ '^midstream'"
    with cluster.connect() as other:
        return [name for (name,) in other.execute(query)]


def test_more_connections_than_postgresql_allows_are_warned_of(
    cluster: Cluster, pooled_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for url, size in ((cluster.url, FEW), (cluster.url, MANY), (pooled_url, MANY)):
        check_connections(app_at(url, SETTINGS._replace(pool_size=size)))
        said.append(capsys.readouterr().err)
        eventually(lambda: named(cluster) == [], what="it has left a connection open")
    wanted, allowed = MANY + RESERVED_CONNECTIONS, ALLOWED
    assert wanted > allowed, "precondition"
    warning = postgresql.TOO_MANY.format(wanted=wanted, others=0, allowed=allowed)
    assert said == ["", f"midstream: {warning}\n", ""]


def test_the_connections_of_processes_that_run_already_are_added(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = SETTINGS._replace(pool_size=FEW)
    url = cluster.url.replace("+psycopg", "")
    with ExitStack() as others:
        for process in (1, 1, 2):
            name = postgresql.NAME.format(most=settings.most_connections, process=process)
            others.enter_context(cluster.connect(f"{url}?application_name={quote(name)}"))
        others.enter_context(cluster.connect(f"{url}?application_name=midstream%20of%20others"))
        check_connections(app_at(cluster.url, settings))
    most = settings.most_connections
    warning = postgresql.TOO_MANY.format(wanted=most, others=2 * most, allowed=ALLOWED)
    assert capsys.readouterr().err == f"midstream: {warning}\n"
    eventually(lambda: named(cluster) == [], what="it has left a connection open")


def test_a_connection_says_whose_it_is_unless_the_address_does(cluster: Cluster) -> None:
    most = SETTINGS.most_connections
    for options, name in (("", f"midstream {most} {os.getpid()}@"), ("?application_name=a", "a")):
        with app_at(cluster.url + options).app_context():
            assert read(lambda: shown("application_name"))[0].startswith(name)
            db.session.remove()
            db.engine.dispose()
