"""What happens to the database before `bin/run` serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select

from app import create_app
from app.config import Config
from app.demo.people import PASSWORD
from app.extensions import db
from app.models import Message, User
from app.server.preparing import prepare
from tests.support.database import Database


def at(url: str, production: bool = False) -> Database:
    """Return the database at `url`, as an app of its own sees it."""
    key = "a key for tests"
    return Database(
        create_app(Config(key, database_url=url, production=production, models=("demo",)))
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/new.sqlite3"


def contents() -> tuple[list[str], int | None]:
    """Return the names of all people, and the number of messages."""
    names = db.session.scalars(select(User.name).order_by(User.id))
    return list(names), db.session.scalar(select(func.count()).select_from(Message))


def test_a_new_database_gets_tables_and_the_demo(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = at(url)
    prepare(new.app)
    assert new.read(contents) == (["Olive", "Max", "Eve", "Tally"], 38)
    assert PASSWORD in capsys.readouterr().out


def test_the_next_time_nothing_changes_and_it_says_again_how_to_sign_in(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = at(url)
    prepare(new.app)
    before = new.read(contents)
    capsys.readouterr()
    prepare(new.app)
    assert new.read(contents) == before
    assert PASSWORD in capsys.readouterr().out


def test_where_somebody_is_there_is_no_demo(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = User(email="nora@example.org", name="Nora", password_hash="none")
    database.write(lambda: db.session.add(somebody))
    prepare(database.app)
    assert database.read(contents) == (["Nora"], 0)
    assert PASSWORD not in capsys.readouterr().out


def test_production_gets_tables_and_nothing_else(url: str) -> None:
    new = at(url, production=True)
    prepare(new.app)
    assert "message" in new.read(lambda: inspect(db.session.connection()).get_table_names())
    assert new.read(contents) == ([], 0)


def test_a_database_out_of_reach_is_a_sentence(tmp_path: Path) -> None:
    lost = at(f"sqlite:///{tmp_path}/no/such/folder/new.sqlite3")
    with pytest.raises(SystemExit, match=r"^midstream: .* DATABASE_URL right\?$"):
        prepare(lost.app)
