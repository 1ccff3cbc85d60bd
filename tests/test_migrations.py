"""Migrations create what the models describe, and can be reverted, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url, select, text

from app import commands, create_app
from app.config import Config
from app.database import write
from app.extensions import db
from app.files import storing
from app.models import File, FileContent, FilePicture, Message
from app.models.search_text import INDEX, is_described
from app.models.searching import search


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app with an empty database; its context is pushed."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.sqlite3"
    else:
        url = request.getfixturevalue("empty_postgres")
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    commands.register(app)
    with app.app_context():
        yield app
        db.session.remove()  # what it has read would keep PostgreSQL from dropping a table
        db.drop_all()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        db.engine.dispose()


def tables() -> set[str]:
    """Return the names of the tables, without the migrations' own and those of SQLite's index."""
    names = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    return {name for name in names if not name.startswith(f"{INDEX}_")} - {INDEX}


def differences() -> list[object]:
    """Return in what the database differs from what the models describe."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_described})
        return list(compare_metadata(context, db.metadata))


def test_an_upgrade_creates_what_the_models_describe(empty: Flask) -> None:
    assert tables() == set()
    upgrade()
    assert tables() == set(db.metadata.tables)
    assert differences() == []


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
    assert differences() != []


def test_stored_titles_and_messages_become_searchable(empty: Flask) -> None:
    upgrade(revision="0007")
    with db.engine.begin() as connection:
        for statement in OLDER_RECORDS:
            connection.execute(text(statement))
    upgrade()
    assert [row.position for row in found("ὀδυσσεύς")] == [1]
    assert [row.position for row in found("no. 249")] == [250]
    titles = search(1, "SAGE").listing.conversations
    assert [listed.conversation.title for listed in titles] == ["Der weise Sage"]


@pytest.mark.postgres
def test_where_the_extension_is_refused_searches_work_without_it(empty_postgres: str) -> None:
    address = make_url(empty_postgres)
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE ROLE plain LOGIN"))
        connection.execute(text("CREATE DATABASE refusing"))
    server.dispose()
    inside = create_engine(address.set(database="refusing"), isolation_level="AUTOCOMMIT")
    with inside.connect() as connection:
        connection.execute(text("GRANT ALL ON SCHEMA public TO plain"))
    inside.dispose()
    url = address.set(database="refusing", username="plain").render_as_string()
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    commands.register(app)
    with app.app_context():
        upgrade(revision="0007")
        with db.engine.begin() as connection:
            for statement in OLDER_RECORDS:
                connection.execute(text(statement))
        upgrade()
        names = [index["name"] for index in inspect(db.engine).get_indexes("search_text")]
        assert INDEX not in names
        assert [row.position for row in found("no. 249")] == [250]
        db.session.remove()
        db.engine.dispose()


def found(query: str) -> list[Message]:
    """Return the messages that the only user finds."""
    ids = [hit.message_id for hit in search(1, query).hits.values()]
    return list(db.session.scalars(select(Message).where(Message.public_id.in_(ids))))


NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 249)"
OLDER_RECORDS = [  # more than the migration copies at once
    "INSERT INTO user_account (id, email, name, password_hash, is_bot, created_at)"
    " VALUES (1, 'olive@example.org', 'Olive', '', false, '2026-01-01 00:00:00')",
    "INSERT INTO conversation"
    " (id, public_id, title, model, position, revision, created_at, updated_at)"
    " VALUES (1, 'a', 'Der weise Sage', 'demo', 250, 0,"
    " '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    "INSERT INTO membership (conversation_id, user_id, is_owner, created_at)"
    " VALUES (1, 1, true, '2026-01-01 00:00:00')",
    "INSERT INTO message (public_id, conversation_id, position, role, status, waiting, seq,"
    " content, thinking, size, lease, created_at) "
    f"{NUMBERS} SELECT CAST(x AS TEXT), 1, x + 1, 'user', 'complete', false, 1,"
    " 'No. ' || x || CASE WHEN x = 0 THEN ' ὈΔΥΣΣΕΎΣ' ELSE '' END, '', 9, 0,"
    " '2026-01-01 00:00:00' FROM n",
]


VERSIONS = [
    "INSERT INTO message (id, public_id, conversation_id, position, role, status, waiting, seq,"
    " content, thinking, size, lease, created_at, version_of, version, versions, hidden_with)"
    " VALUES (901, 'first', 1, 251, 'assistant', 'streaming', false, 0, '', '', 0, 0,"
    " '2026-01-01 00:00:00', NULL, 1, 1, 901),"
    " (902, 'second', 1, 252, 'assistant', 'complete', false, 1, 'Rye', '', 3, 0,"
    " '2026-01-01 00:00:00', 901, 2, 2, NULL)",
    "INSERT INTO entry (message_id, seq, content, thinking) VALUES (901, 1, 'Half', '')",
    "INSERT INTO search_text (conversation_id, message_id, folded) VALUES (1, 901, 'half')",
]


def test_what_was_stored_before_versions_is_shown_and_the_only_version(empty: Flask) -> None:
    upgrade(revision="0012")
    with db.engine.begin() as connection:
        for statement in OLDER_RECORDS:
            connection.execute(text(statement))
    upgrade()
    messages = db.session.scalars(select(Message)).all()
    states = {(m.version_of, m.version, m.versions, m.hidden_with) for m in messages}
    assert (len(messages), states) == (250, {(None, 1, 1, None)})


def test_a_downgrade_removes_what_is_not_shown(empty: Flask) -> None:
    upgrade(revision="0013")
    with db.engine.begin() as connection:
        for statement in [*OLDER_RECORDS, *VERSIONS]:
            connection.execute(text(statement))
    downgrade(revision="0012")
    with db.engine.begin() as connection:
        kept = connection.execute(text("SELECT count(*), max(public_id) FROM message")).one()
        assert tuple(kept) == (251, "second")
        for table in ("entry", "search_text"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    upgrade()
    assert differences() == []


FILES = (  # one of several pieces, a picture, one without a content
    "INSERT INTO file (id, public_id, name, kind, media_type, size, width, height, tokens, is_cut,"
    " is_sent, created_at, content, picture, text)"
    " VALUES (3, 'a', 'a.txt', 'text', 'text/plain', 600000, 0, 0, 0, false, true,"
    " '2026-01-01 00:00:00', :content, NULL, 'Some text'),"
    " (7, 'b', 'b.png', 'picture', 'image/png', 4, 1, 1, 0, false, true,"
    " '2026-01-01 00:00:00', :small, :seen, ''),"
    " (8, 'c', 'c.txt', 'text', 'text/plain', 0, 0, 0, 0, false, false,"
    " '2026-01-01 00:00:00', NULL, NULL, '')"
)


def test_contents_of_files_are_moved_into_pieces_and_back(empty: Flask) -> None:
    upgrade(revision="0024")
    content = bytes(range(250)) * 2400
    with db.engine.begin() as connection:
        values = {"content": content, "small": b"file", "seen": b"seen"}
        connection.execute(text(FILES), values)
    upgrade()
    assert differences() == []
    files = {file.public_id: file for file in db.session.scalars(select(File))}
    stored = {name: FileContent.find(file.content_id) for name, file in files.items()}
    pieces = {name: list(storing.pieces_of(each)) for name, each in stored.items() if each.size}
    assert list(map(len, pieces["a"])) == [256_000, 256_000, 88_000]
    assert (b"".join(pieces["a"]), pieces["b"]) == (content, [b"file"])
    assert db.session.scalars(select(FilePicture.data)).all() == [b"seen"]
    assert write(lambda: FileContent.add("database", 1)).id == 9, "keys are not used again"
    db.session.remove()
    downgrade(revision="0024")
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT content, picture, text FROM file ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        (content, None, "Some text"),
        (b"file", b"seen", ""),
        (None, None, ""),
    ]
    upgrade()
    assert differences() == []
