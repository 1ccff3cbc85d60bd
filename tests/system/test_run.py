"""`bin/run` sets up a new database, keeps an existing one, and checks the version of Python."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from app.demo.stories import OLIVE, PASSWORD
from tests.support.server import ADDRESS, ROOT, environment
from tests.support.waiting import eventually

START_SECONDS = 60.0

pytestmark = pytest.mark.system


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, str]]:
    """Run `bin/run` in `folder`; yield the address of the server and the output."""
    log = folder / "run.log"
    settings = environment(f"sqlite:///{folder}/own.sqlite3", HUGE_PAGES="on")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [ROOT / "bin" / "run"], cwd=folder, env=settings, stdout=out, stderr=out
        ) as process,
    ):
        try:
            found = eventually(lambda: ADDRESS.search(log.read_text()), START_SECONDS)
            assert found is not None
            yield found[1], log.read_text()
        finally:
            process.send_signal(signal.SIGTERM)


def data(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables, by their names, but what processes tell each other."""
    with closing(sqlite3.connect(folder / "own.sqlite3")) as connection:
        # the search's index keeps no text of its own, and its parts are for SQLite alone to read
        found = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        )
        names = [name for (name,) in found if name not in ("control_event", "sqlite_sequence")]
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


@pytest.mark.slow
def test_a_new_database_is_served_and_a_second_start_changes_no_data(tmp_path: Path) -> None:
    with running(tmp_path) as (url, output):
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 200
        assert OLIVE.email in output
        assert PASSWORD in output
        before = data(tmp_path)
        log = tmp_path / "run.log"
        eventually(lambda: " MB of memory are in huge pages." in log.read_text("utf-8"))
    assert before["message"], "there must be some"
    with running(tmp_path) as (_, output):
        assert data(tmp_path) == before
        assert "Installing" not in output
        assert PASSWORD in output


def test_a_python_that_is_too_old_is_reported_in_one_sentence(tmp_path: Path) -> None:
    copy = tmp_path / "a folder with spaces"
    for script in ("bin/setup", "bin/run", "bin/vendor"):
        (copy / script).parent.mkdir(parents=True, exist_ok=True)
        (copy / script).write_bytes((ROOT / script).read_bytes())
        (copy / script).chmod(0o755)
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"
    ran = subprocess.run(
        [copy / "bin" / "run"], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Midstream needs Python 3.11 or newer.")
    assert ran.stderr.count("\n") == 1
