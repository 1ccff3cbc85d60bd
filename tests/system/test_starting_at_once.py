"""Processes that start, or migrate, at once on an empty database: one does it, the others wait."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
import requests
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.config import Config
from app.demo.conversations import size_of_stories
from app.demo.stories import PEOPLE
from app.extensions import db
from app.migrating import MIGRATIONS, WAITING
from app.models import Conversation, Message, User
from tests.support.preloaded import PreloadedProcess
from tests.support.server import ADDRESS, ROOT, environment
from tests.support.services import Cluster
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]

AT_ONCE = 3
SECONDS = 100.0
NUMBERS = count(1)
UPGRADE = ("-m", "flask", "db", "upgrade")
SERVE = ("wsgi.py", "--prepare")
HALF_A_MIGRATION = """
import sys, time
from sqlalchemy import create_engine, text
from app.migrating import exclusive_transaction

with exclusive_transaction(create_engine(sys.argv[1])) as connection:
    connection.execute(text("CREATE TABLE conversation (half INTEGER)"))
    print("begun", flush=True)
    time.sleep(300)
"""
KEY = """
import sys, pathlib
from app.config import Config, secret_keys

secret_keys.INSTANCE = pathlib.Path(sys.argv[1])
print(Config.from_env({}).secret_key)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a function that makes an empty database and returns its URL."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(NUMBERS)}.sqlite3"
    cluster: Cluster = request.getfixturevalue("postgres")
    return lambda: cluster.database(f"new{next(NUMBERS)}")


class Process:
    """One of several processes on a database."""

    def __init__(self, url: str, log: Path, *arguments: str) -> None:
        self.log, env = log, environment(url)
        log.touch()
        self._process: subprocess.Popen[bytes] | PreloadedProcess
        if "-c" in arguments:
            with log.open("wb") as out:
                self._process = subprocess.Popen(
                    [sys.executable, *arguments], cwd=ROOT, env=env, stdout=out, stderr=out
                )
        else:
            self._process = PreloadedProcess(env, log, *arguments)

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def address(self) -> str | None:
        """Return where it serves, once it does."""
        assert self._process.poll() is None, self.output
        found = ADDRESS.search(self.output)
        return found[1] if found else None

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(SECONDS)

    def succeeds(self) -> None:
        """Wait for its end, which must be as it should."""
        assert self._process.wait(SECONDS) == 0, self.output
        assert "Traceback" not in self.output, self.output

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self.succeeds()


@contextmanager
def at_once(url: str, folder: Path, *arguments: str) -> Iterator[list[Process]]:
    """Start processes; kill those that still run at the end."""
    with ExitStack() as stack:
        processes = []
        for number in range(AT_ONCE):
            processes.append(Process(url, folder / f"{number}.log", *arguments))
            stack.callback(processes[-1].kill)
        yield processes


def contents(url: str) -> tuple[str | None, dict[str, int]]:
    """Return the version of a database, and how many rows some of its tables have."""
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    with app.app_context(), db.engine.connect() as connection:
        version = MigrationContext.configure(connection).get_current_revision()
        tables = (User, Conversation, Message)
        counts = {each.__name__: select(func.count()).select_from(each) for each in tables}
        rows = {name: connection.scalar(query) or 0 for name, query in counts.items()}
    dispose(app)
    return version, rows


def dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def head() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_servers_that_start_at_once_all_serve_one_demo(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    with at_once(url, tmp_path, *SERVE) as servers:
        for server in servers:
            address = eventually(server.address, SECONDS)
            assert requests.get(f"{address}/readyz", timeout=20).ok
            assert requests.get(f"{address}/login", timeout=20).ok
        for server in servers:
            server.stop()
    version, rows = contents(url)
    assert version == head()
    assert (rows["User"], rows["Message"]) == (len(PEOPLE), size_of_stories())


def test_seeding_at_once_stores_the_demo_once(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    Process(url, tmp_path / "upgrade.log", *UPGRADE).succeeds()
    with at_once(url, tmp_path, "-m", "flask", "seed", "demo", "--size", "100") as seeds:
        for seed in seeds:
            seed.succeeds()
    _, rows = contents(url)
    assert (rows["User"], rows["Message"]) == (len(PEOPLE), 100)


def test_a_process_killed_in_a_migration_leaves_no_lock_and_no_half_of_it(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    first = Process(url, tmp_path / "first.log", "-W", "ignore", "-c", HALF_A_MIGRATION, url)
    eventually(lambda: "begun" in first.output, SECONDS)
    second = Process(url, tmp_path / "second.log", *UPGRADE)
    eventually(lambda: WAITING in second.output, SECONDS)
    first.kill()
    second.succeeds()
    assert contents(url) == (head(), {"User": 0, "Conversation": 0, "Message": 0})


def test_first_starts_at_once_share_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    with at_once("sqlite://", tmp_path, "-c", KEY, str(folder)) as processes:
        for process in processes:
            process.succeeds()
        keys = {process.output for process in processes}
    assert len(keys) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\n", *keys)
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
