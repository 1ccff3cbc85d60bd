"""The version before runs beside this one on one database, while its processes are replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Inspector, create_engine, inspect

from tests.support.agreement import agreed
from tests.support.database import Database
from tests.support.older_version import OlderVersion
from tests.support.reader import Reader
from tests.support.server import Server, command, environment
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.system,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.timeout(400),
]

ENDLESS = "/think 20 /tokens 100000 /rate 40"
SHORT = "/think 20 /tokens 20 /rate 40"
DESCRIBE = """
import json
from app import create_app
from app.config import Config
from app.extensions import db

create_app(Config.from_env())
tables = {
    table.name: {column.name: column.nullable for column in table.columns}
    for table in db.metadata.tables.values()
}
print(json.dumps(tables))
"""

RUN_COMMANDS = """
import json, sys
from wsgi import app

runner = app.test_cli_runner()
for arguments, stdin in json.load(sys.stdin):
    ran = runner.invoke(args=arguments.split(), input=stdin)
    assert ran.exit_code == 0, ran.output
    print(ran.output.strip())
"""


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> OlderVersion:
    return OlderVersion(tmp_path_factory.mktemp("older"))


def test_migrations_keep_all_that_the_version_before_uses(
    older: OlderVersion, blank_database: Path
) -> None:
    """They drop and rename nothing of it, and what they add its statements need not know."""
    used = json.loads(
        older.run(
            "-c",
            DESCRIBE,
            env=environment(f"sqlite:///{older.folder}/none"),
        )
    )
    engine = create_engine(f"sqlite:///{blank_database}")
    try:
        violations = list(missing_or_required(used, inspect(engine)))
    finally:
        engine.dispose()
    assert violations == []


def missing_or_required(used: dict[str, dict[str, bool]], found: Inspector) -> Iterator[str]:
    """Yield what a version whose tables and columns are `used` (and may be null) would miss."""
    for table, columns in used.items():
        if not found.has_table(table):
            yield f"{table} is gone"
            continue
        now: dict[str, Any] = {each["name"]: each for each in found.get_columns(table)}
        for column in columns.keys() - now.keys():
            yield f"{table}.{column} is gone"
        for name, column in now.items():
            if not column["nullable"] and column["default"] is None and columns.get(name, True):
                yield f"{table}.{name} must have a value, or a default, or allow none"


@pytest.mark.parametrize(
    ("used", "sentence"),
    [
        ({"user_account": {"nickname": True}}, "user_account.nickname is gone"),
        ({"notice": {}}, "notice is gone"),
        ({"user_account": {"id": False}}, "user_account.name must have a value"),
    ],
)
def test_what_the_version_before_would_miss_is_found(
    blank_database: Path, used: dict[str, dict[str, bool]], sentence: str
) -> None:
    engine = create_engine(f"sqlite:///{blank_database}")
    try:
        assert sentence in " ".join(missing_or_required(used, inspect(engine)))
    finally:
        engine.dispose()


class Seeds:
    """A user of a database that the older version has made, with a conversation."""

    def __init__(self, older: OlderVersion, database_url: str) -> None:
        commands = [
            ("db upgrade", ""),
            ("seed user olive@example.org --name Olive --password-stdin", "correct horse battery"),
            ("token create olive@example.org --name tests", ""),
            ("seed conversation Tests --member olive@example.org", ""),
        ]
        env = environment(database_url)
        printed = older.run("-c", RUN_COMMANDS, env=env, stdin=json.dumps(commands))
        *_, self.token, self.conversation = printed.splitlines()


@pytest.fixture
def read() -> Iterator[Callable[[Server, Seeds], Reader]]:
    """Return a function that connects a reader; closes all at the end."""
    readers: list[Reader] = []

    def make(server: Server, seeds: Seeds) -> Reader:
        readers.append(Reader(seeds.token, seeds.conversation))
        move(readers[-1], server)
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()


def move(reader: Reader, server: Server) -> None:
    """Connect a reader, which may be at another server."""
    reader.cut()
    count = len(reader.acks)
    reader.connect(server.url)
    eventually(lambda: len(reader.acks) > count)


def test_both_versions_serve_one_database_while_processes_are_replaced(
    older: OlderVersion,
    empty_postgres: str,
    redis_url: str,
    tmp_path: Path,
    read: Callable[[Server, Seeds], Reader],
) -> None:
    url = empty_postgres
    seeds = Seeds(older, url)
    before = older.server(url, tmp_path / "before.log", REDIS_URL=redis_url)
    now = Server(url, tmp_path / "now.log", REDIS_URL=redis_url)
    with closing(Database.at(url)) as database, before:
        old = read(before, seeds)
        reply = old.send(ENDLESS)["reply"]
        eventually(lambda: old.has_text(reply))

        command(url, "db", "upgrade")
        with now:
            new = read(now, seeds)
            at = database.message(reply).seq
            eventually(lambda: old.message(reply).seq > at, what="it writes to the new tables")
            assert new.ask("stop", {"id": reply})["ok"]
            assert agreed([old, new], reply, database).status == "stopped"
            for asking in (new, old):
                reply = asking.send(SHORT)["reply"]
                assert agreed([old, new], reply, database).status == "complete"
            reply = new.ask("retry", {"id": reply})["reply"]
            assert agreed([old, new], reply, database).status == "complete"

            reply = old.send(ENDLESS)["reply"]
            eventually(lambda: old.has_text(reply))
            assert before.stop() == 0
            move(old, now)
            assert agreed([old, new], reply, database).status == "interrupted"
            reply = old.send(SHORT)["reply"]
            assert agreed([old, new], reply, database).status == "complete"
