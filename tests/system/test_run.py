"""`bin/run` as a newcomer types it."""

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
    """Run it in `folder`; yield where it says that it serves, and all that it has printed."""
    log = folder / "run.log"
    settings = environment(f"sqlite:///{folder}/own.sqlite3")
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


def data(folder: Path) -> list[str]:
    """Return all that the database holds, as SQL."""
    with closing(sqlite3.connect(folder / "own.sqlite3")) as connection:
        return list(connection.iterdump())


@pytest.mark.slow
def test_serves_a_new_database_and_says_how_to_sign_in(tmp_path: Path) -> None:
    with running(tmp_path) as (url, said):
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 200
        assert OLIVE.email in said
        assert PASSWORD in said


@pytest.mark.slow
def test_started_again_it_changes_no_data(tmp_path: Path) -> None:
    with running(tmp_path):
        before = data(tmp_path)
    assert any('INSERT INTO "message"' in line for line in before), "there must be some"
    with running(tmp_path) as (_, said):
        assert data(tmp_path) == before
        assert "Installing" not in said
        assert PASSWORD in said


def test_a_python_that_is_too_old_is_a_sentence(tmp_path: Path) -> None:
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
