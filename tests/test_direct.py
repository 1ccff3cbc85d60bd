"""Direct statements do what SQLAlchemy's own execution does, with the same exceptions and the same
listeners, on both databases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from app import create_app
from app.config import Config
from app.database import write_directly
from app.direct import DirectStatement, among
from app.errors import Unavailable
from app.extensions import db
from app.models.columns import UtcDateTime
from tests.support.statements import executed

NOTE = Table(
    "note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("words", Text),
    Column("at", UtcDateTime),
    Column("is_good", Boolean),
    Column("weight", Float),
)
ADD = DirectStatement(insert(NOTE).values(id=bindparam("id"), words=bindparam("words")))
CHANGE = DirectStatement(
    update(NOTE)
    .where(NOTE.c.id == bindparam("id"))
    .values(
        words=bindparam("words", type_=Text),
        at=bindparam("at", type_=UtcDateTime),
        is_good=bindparam("is_good", type_=Boolean),
    )
)
RETURN = DirectStatement(
    update(NOTE)
    .where(NOTE.c.id == bindparam("id"))
    .values(words=bindparam("words"))
    .returning(NOTE.c.id, NOTE.c.at, (NOTE.c.words + "!").label("louder"))
)
FIND = DirectStatement(select(NOTE).where(NOTE.c.id > 0).order_by(NOTE.c.id))
AMONG = DirectStatement(select(NOTE).where(among(NOTE.c.id, "keys")).order_by(NOTE.c.id))
NOT_AMONG = DirectStatement(select(NOTE).where(~among(NOTE.c.id, "keys")).order_by(NOTE.c.id))
SECRET = "a text that nobody may see in a log"
ON_POSTGRES = pytest.param("postgresql", marks=pytest.mark.postgres)


@pytest.fixture(scope="module", params=["sqlite", ON_POSTGRES])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('direct')}/midstream.sqlite3"
    url: str = request.getfixturevalue("empty_postgres")
    return url


@pytest.fixture(autouse=True)
def app(database_url: str) -> Iterator[Flask]:
    app = create_app(Config("a key for tests", database_url=database_url, models=("demo",)))
    with app.app_context():
        NOTE.create(db.engine)
        yield app
        NOTE.drop(db.engine)
        db.engine.dispose()


def add(connection: Connection, *notes: tuple[int, str]) -> None:
    ADD.run_for_each(connection, [{"id": key, "words": words} for key, words in notes])


def find(connection: Connection) -> list[tuple[Any, ...]]:
    return [(row.id, row.words) for row in FIND.find(connection, {"id_1": 0})]


def test_it_runs_for_each_and_finds_all() -> None:
    notes = [(key, f"'; {key} %s ? :words %(words)s \u2028 é \\") for key in (1, 2, 3)]
    write_directly(lambda it: add(it, *notes))
    assert write_directly(find) == notes


def test_a_list_of_numbers_is_one_parameter() -> None:
    notes = [(key, "words") for key in (1, 2, 3)]
    write_directly(lambda it: add(it, *notes))
    with executed() as statements, db.engine.connect() as connection:
        for keys in ([], [2], [3, 2, 4]):
            found = [row.id for row in AMONG.find(connection, {"keys": keys})]
            assert found == sorted({1, 2, 3} & set(keys))
            others = [row.id for row in NOT_AMONG.find(connection, {"keys": keys})]
            assert others == sorted({1, 2, 3} - set(keys))
    texts = {each.text for each in statements if each.text.startswith("SELECT")}
    assert len(texts) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_numbers_in_a_list_are_looked_up_in_an_index() -> None:
    with executed() as statements, db.engine.connect() as connection:
        AMONG.find(connection, {"keys": [1, 2]})
        [sent] = [each for each in statements if each.text.startswith("SELECT")]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent.text}", sent.parameters)
        steps = [row.detail for row in plan]
    assert any(step.startswith("SEARCH note") for step in steps), steps


def test_times_and_truths_are_stored_as_the_columns_types_say() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)
    values = {"id": 1, "words": None, "at": at, "is_good": True}

    def work(connection: Connection) -> list[Any]:
        CHANGE.run_for_each(connection, [values])
        return [*RETURN.find(connection, {"id": 1, "words": "new"}), *FIND.find(connection, {})]

    write_directly(lambda it: add(it, (1, "old")))
    [changed, found] = write_directly(work)
    assert changed == (1, at, "new!")
    assert (found.words, found.at, found.is_good) == ("new", at, True)


def test_fractions_come_as_they_were_stored() -> None:
    def work(connection: Connection) -> list[float | None]:
        add(connection, (1, "a"), (2, "b"))
        connection.execute(update(NOTE).where(NOTE.c.id == 1).values(weight=0.7))
        return [row.weight for row in FIND.find(connection, {"id_1": 0})]

    assert write_directly(work) == [0.7, None]


def test_every_statement_of_the_app_can_be_written_for_this_database() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
    values = [value for module in modules for value in vars(module).values()]
    several = [each for value in values if isinstance(value, dict) for each in value.values()]
    statements = [each for each in (*values, *several) if isinstance(each, DirectStatement)]
    assert len(statements) > 20, "precondition"
    for each in statements:
        assert each._compiled_for(db.engine.dialect).text


def test_it_is_part_of_the_transaction() -> None:
    def fail(connection: Connection) -> None:
        add(connection, (1, "words"))
        assert find(connection) == [(1, "words")]
        raise LookupError

    with pytest.raises(LookupError):
        write_directly(fail)
    assert write_directly(find) == []


def test_its_errors_are_those_of_sqlalchemy_without_the_values() -> None:
    write_directly(lambda it: add(it, (1, "words")))
    with pytest.raises(IntegrityError) as caught:
        write_directly(lambda it: add(it, (1, SECRET)))
    assert SECRET not in str(caught.value)
    assert not caught.value.connection_invalidated
    assert write_directly(find) == [(1, "words")]


def test_listeners_are_told_of_it() -> None:
    told: list[tuple[str, bool]] = []

    def note(_connection: Any, _cursor: Any, sql: str, *rest: Any) -> None:
        told.append((sql.split()[0], rest[-1]))

    event.listen(db.engine, "before_cursor_execute", note)
    write_directly(lambda it: [add(it, (1, "words")), find(it)])
    event.remove(db.engine, "before_cursor_execute", note)
    assert [each for each in told if each[0] != "BEGIN"] == [("INSERT", True), ("SELECT", False)]


@pytest.mark.parametrize("database_url", [ON_POSTGRES], indirect=True)
def test_a_lost_connection_is_not_used_again() -> None:
    def lose(connection: Connection) -> None:
        lost = connection.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text(f"SELECT pg_terminate_backend({lost})"))
        find(connection)

    with pytest.raises(Unavailable) as caught:
        write_directly(lose)
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert caught.value.__cause__.connection_invalidated
    assert write_directly(find) == []
