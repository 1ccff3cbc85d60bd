"""Preparing the database before the first request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text

from app import commands, create_app
from app.config import Config
from app.demo.stories import PASSWORD
from app.extensions import db
from app.models import Message, User
from app.server.preparing import prepare
from app.server.serving import check_database
from tests.support.database import Database


def at(url: str, **settings: Any) -> Database:
    """Return the database at `url`, with an app of its own."""
    config = Config("a key for tests", database_url=url, models=("demo",), **settings)
    app = create_app(config)
    commands.register(app)
    return Database(app)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/new.sqlite3"


def contents() -> tuple[list[str], int | None]:
    """Return the names of all users, and the number of messages."""
    names = db.session.scalars(select(User.name).order_by(User.id))
    return list(names), db.session.scalar(select(func.count()).select_from(Message))


def test_a_new_database_gets_tables_and_the_demo(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = at(url)
    prepare(new.app)
    assert new.read(contents) == (["Olive", "Max", "Eve", "Tally"], 48)
    assert PASSWORD in capsys.readouterr().out


def test_a_database_of_a_later_version_is_left_as_it_is(url: str) -> None:
    new = at(url)
    prepare(new.app)
    later = text("UPDATE alembic_version SET version_num = '9999'")
    new.write(lambda: db.session.execute(later))
    prepare(new.app)
    version = text("SELECT version_num FROM alembic_version")
    assert new.read(lambda: db.session.scalar(version)) == "9999"
    check_database(new.app)


def test_preparing_again_changes_nothing_and_prints_how_to_sign_in(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = at(url)
    prepare(new.app)
    before = new.read(contents)
    capsys.readouterr()
    prepare(new.app)
    assert new.read(contents) == before
    assert PASSWORD in capsys.readouterr().out


def test_a_database_with_users_gets_no_demo(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = User(email="nora@example.org", name="Nora", password_hash="none")
    database.write(lambda: db.session.add(somebody))
    commands.register(database.app)
    prepare(database.app)
    assert database.read(contents) == (["Nora"], 0)
    assert PASSWORD not in capsys.readouterr().out


def test_in_production_a_new_database_gets_only_tables(url: str) -> None:
    new = at(url, production=True)
    prepare(new.app)
    assert "message" in new.read(lambda: inspect(db.session.connection()).get_table_names())
    assert new.read(contents) == ([], 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "chat.example.org"])
def test_where_others_can_connect_nobody_gets_a_known_password(
    url: str, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = at(url, host=host)
    prepare(new.app)
    assert new.read(contents) == ([], 0)
    printed = capsys.readouterr().out
    assert "flask seed user" in printed and PASSWORD not in printed


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_where_only_this_machine_can_connect_there_is_a_demo(url: str, host: str) -> None:
    new = at(url, host=host)
    prepare(new.app)
    assert "Olive" in new.read(contents)[0]


def test_an_unreachable_database_exits_with_an_error(tmp_path: Path) -> None:
    lost = at(f"sqlite:///{tmp_path}/no/such/folder/new.sqlite3")
    with pytest.raises(SystemExit, match=r"^midstream: .* DATABASE_URL right\?$"):
        prepare(lost.app)
