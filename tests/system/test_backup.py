"""A backup that is made while an answer streams, on both databases, and a server on it later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.expecting import refused
from tests.support.agreement import agreed
from tests.support.backups import Rows, done, rows, run
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.conftest import Read

pytestmark = [pytest.mark.system, pytest.mark.postgres]

ENDLESS = "/tokens 100000 /rate 80"
TOUCHED = ("message", "user", "api_token")  # of which columns change while one uses them


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, blank_database: Path, folder: Path) -> list[str]:
    """The addresses of a database that is up to date, and of an empty one of the same kind."""
    if request.param == "sqlite":
        (folder / "one.sqlite3").write_bytes(blank_database.read_bytes())
        return [f"sqlite:///{folder / name}" for name in ("one.sqlite3", "two.sqlite3")]
    return [request.getfixturevalue(f"{each}_postgres") for each in ("migrated", "empty")]


@pytest.fixture(scope="module")
def database_url(urls: list[str]) -> str:
    return urls[0]


@pytest.fixture
def fresh(urls: list[str]) -> Iterator[Database]:
    """The other database."""
    database = Database.at(urls[1])
    yield database
    database.close()


def test_a_backup_that_is_made_while_an_answer_streams(
    server: Server, database: Database, fresh: Database, cast: Cast, read: Read, tmp_path: Path
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    agreed([olive], olive.send("/tokens 20 /rate 200")["reply"], database)
    reply = olive.send(ENDLESS)["reply"]
    eventually(lambda: olive.has_text(reply))
    early, late = tmp_path / "early", tmp_path / "late"
    done(database, "backup", early)
    shown = len(olive.message(reply).content)
    eventually(lambda: len(olive.message(reply).content) > shown)  # it goes on
    assert refused(run(database, "restore", "--replace", early), "Stop")
    server.kill()

    done(database, "backup", late)
    done(fresh, "restore", late)
    assert rows(fresh) == rows(database)

    assert refused(run(fresh, "restore", early), "--replace")
    broken = tmp_path / "broken"
    broken.write_bytes(early.read_bytes()[:-5000] + bytes(5000))
    assert refused(run(fresh, "restore", "--replace", broken))
    assert rows(fresh) == rows(database)
    done(fresh, "restore", "--replace", early)
    assert_earlier(rows(fresh), rows(database))
    text = fresh.message(reply).content
    assert text and database.message(reply).content.startswith(text)

    assert_goes_on(fresh, cast, where, reply, read, tmp_path)
    assert fresh.message(reply).content == text


def assert_earlier(before: Rows, after: Rows) -> None:
    """Each row that was there before is there later, too, and as it was, but for columns that are
    written while one uses it."""
    assert before["entry"] and before["search_text"], "precondition"
    for table in before:
        if table in TOUCHED:
            assert {row[0] for row in before[table]} <= {row[0] for row in after[table]}
        else:
            assert before[table] <= after[table], table


def assert_goes_on(
    fresh: Database, cast: Cast, where: str, reply: str, read: Read, folder: Path
) -> None:
    """The answer that was being written ends like one whose process is gone; the next is given."""
    url = fresh.app.extensions["config"].database_url
    with Server(url, folder / "server.log", LEASE_SECONDS="1") as server:
        max = read(cast.max, where, server.url)
        assert agreed([max], reply, fresh).status == "interrupted"
        assert agreed([max], max.send("/tokens 20 /rate 200")["reply"], fresh).status == "complete"
