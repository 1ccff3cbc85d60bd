"""On a full disk only stored text is shown; once there is room, everything works again."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from app.replies.commit_failures import NOT_STORED
from tests.faults.figures import Figures
from tests.faults.log_reading import wait_until_it_works_again
from tests.faults.scenario import Scenario
from tests.support.cast import create_cast
from tests.support.database import Database
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.fault]

DATABASE = "midstream.sqlite3"
DISK_BYTES = 6_000_000
PIECE_BYTES = 4096
ANSWERS = 3
ENDLESS = "/tokens 100000 /rate 100"
SHORT = "/tokens 3 /rate 0"
TIMEOUT_SECONDS = 30.0
GIVEN_UP = re.compile(r"(\d+) answers could not be stored for \d+ s, so they were ended\.")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system for the database."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    ran = subprocess.run(mount, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"a file system can't be mounted here: {ran.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def server(disk: Path, blank_database: Path, tmp_path: Path) -> Iterator[Server]:
    """A server whose database is on that disk and whose log is on another."""
    path = shutil.copy(blank_database, disk / DATABASE)
    patience = {"DATABASE_PATIENCE_SECONDS": "5"}
    with Server(f"sqlite:///{path}", tmp_path / "server.log", **patience) as server:
        yield server


@pytest.fixture
def scenario(server: Server) -> Iterator[Scenario]:
    database = Database.at(server.database_url)
    with database.app.app_context():
        cast = create_cast()
    with Scenario(database, cast) as scenario:
        yield scenario


def test_on_a_full_disk_readers_show_only_what_is_stored(
    server: Server, disk: Path, scenario: Scenario, figures: Figures
) -> None:
    times = figures.count(1, 10)
    for _ in range(times):
        fill_and_make_room(server, disk, scenario)
    assert "Writing to the database fails: its disk is full." in server.output
    assert server.output.count("Writing to the database fails") <= times
    wait_until_it_works_again(server)
    figures.note(
        "the disk full",
        f"{times} times, {ANSWERS} answers each: nothing shown that wasn't stored, all of them "
        "failed with an error once that could be stored, and new ones were complete",
    )


def fill_and_make_room(server: Server, disk: Path, scenario: Scenario) -> None:
    """Fill the disk while answers stream, then empty it."""
    here, before = scenario.begin(server, ANSWERS, ENDLESS), given_up(server)
    asker = here[0][0]

    fill(disk)
    question = {"conversation": asker.conversation, "content": SHORT}
    eventually(lambda: asker.ask("send", question).get("error") == "unavailable", TIMEOUT_SECONDS)
    eventually(lambda: given_up(server) == before + ANSWERS, TIMEOUT_SECONDS)
    late = scenario.observer(scenario.cast.max, asker.conversation, server.url)
    for observer, reply in here:
        assert observer.shows(reply, "streaming"), "an end was shown that isn't stored"
        assert observer.message(reply).seq == scenario.database.message(reply).seq
    assert late.shows(here[0][1]), "a new reader must be able to read"
    assert requests.get(f"{server.url}/healthz", timeout=5).ok

    make_room(disk)
    for observer, reply in here:
        eventually(lambda w=observer, r=reply: w.shows(r, "failed"), TIMEOUT_SECONDS)
        assert observer.message(reply).error == NOT_STORED
        assert observer.send_until_acknowledged(SHORT, f"after {reply}")
    scenario.check()
    scenario.close()


def fill(disk: Path) -> None:
    """Write until neither the disk nor SQLite's own files have room for a byte."""
    with closing(sqlite3.connect(disk / DATABASE, timeout=TIMEOUT_SECONDS)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (disk / "filler").open("ab", buffering=0) as filler:
        for size in (PIECE_BYTES, 1):
            try:
                while filler.write(b"x" * size):
                    pass
            except OSError:
                continue


def given_up(server: Server) -> int:
    """Return how many answers the server has ended, as its log says, for they can't be stored."""
    return sum(map(int, GIVEN_UP.findall(server.output)))


def make_room(disk: Path) -> None:
    """Remove what fills the disk."""
    (disk / "filler").unlink()
