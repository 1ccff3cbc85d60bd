"""What the database holds, by kind, on both databases and within its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from app import create_app
from app.config import Config
from app.errors import Unavailable
from app.extensions import db
from app.models import audit, retention, storage, timed_reading
from app.models.audit import Filter, Kind
from app.models.retention import Retention, Trial
from app.models.storage import Stored, measure
from app.models.timed_reading import TookTooLong, read_within
from app.server.sweeping import sweep_hourly
from tests.support.cast import create_cast


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def here(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app on each database, with the cast; its context is pushed."""
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("database_url" if is_sqlite else "empty_postgres")
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    with app.app_context():
        db.drop_all()
        db.create_all()
        create_cast()
        yield app
        db.session.remove()
        db.engine.dispose()


def kind(name: str) -> Stored:
    return next(each for each in measure().kinds if each.name == name)


def test_each_kind_has_its_rows_and_its_size(here: Flask) -> None:
    found = measure()
    assert len(found.kinds) == len(db.metadata.tables)
    people = kind("People")
    assert people.rows == 4 and people.size and found.size and people.size < found.size
    assert found.recent_answers == 0
    assert sum(each.size or 0 for each in found.kinds) <= found.size
    names = [each.name for each in found.kinds]
    assert len(set(names)) == len(names)
    # the rest of what these pages do is the same on both databases
    assert retention.trial(Retention(1)) == Trial(0, 0, None, None)
    sweep_hourly()
    assert [event.kind for event in audit.all_of(Filter(kind=Kind.TOKEN_MADE))] == [
        "token-made"
    ] * 4


def test_what_takes_too_long_is_not_known(here: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_total", endless)
    monkeypatch.setattr(storage, "READ_SECONDS", 0.2)
    assert measure().size is None


def endless(connection: Connection) -> int:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000)"
    return int(connection.execute(text(f"{numbers} SELECT count(*) FROM n")).scalar_one())


def test_only_too_late_a_read_is_too_late(here: Flask) -> None:
    with pytest.raises(TookTooLong):
        read_within(0.1, endless)
    with pytest.raises(Exception, match="no_such_table"):
        read_within(10, lambda connection: connection.execute(text("SELECT 1 FROM no_such_table")))
    assert read_within(10, lambda connection: connection.execute(text("SELECT 1")).scalar()) == 1


def test_what_this_sqlite_can_not_say_is_not_known(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SQLITE_BYTES", "SELECT * FROM not_built_into_this_sqlite")
    assert {each.size for each in measure().kinds} == {None}
    assert kind("People").rows == 0


def test_one_is_measured_at_a_time(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "QUEUE_SECONDS", 0.01)
    with storage._slot, pytest.raises(Unavailable):
        measure()
    assert measure().size


def test_a_trial_ends_with_its_time(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise TookTooLong

    monkeypatch.setattr(retention, "read_within", late)
    with pytest.raises(Unavailable, match="too long"):
        retention.trial(Retention(1))
    assert timed_reading.CANCELED == "57014"
