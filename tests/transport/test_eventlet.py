"""Eventlet's version matters where eventlet serves, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT, environment

pytestmark = pytest.mark.system

METADATA = "Metadata-Version: 2.1\nName: eventlet\nVersion: 0.99.0\n"


def refusal(folder: Path, async_mode: str) -> str:
    """Return with what words a server doesn't start where eventlet says that it is another."""
    (folder / "eventlet-0.99.0.dist-info").mkdir()
    (folder / "eventlet-0.99.0.dist-info" / "METADATA").write_text(METADATA)
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    settings = {"ASYNC_MODE": async_mode, "PYTHONPATH": path}
    ran = subprocess.run(
        [sys.executable, "wsgi.py"],
        cwd=ROOT,
        env=environment(f"sqlite:///{folder / 'new.sqlite3'}", **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0, "the database is empty, so it must not start in any case"
    return ran.stderr


def test_an_untested_version_does_not_serve(tmp_path: Path) -> None:
    assert "eventlet 0.99.0 is not the tested 0.41" in refusal(tmp_path, "eventlet")


def test_threads_serve_whichever_it_is(tmp_path: Path) -> None:
    said = refusal(tmp_path, "threading")
    assert "eventlet" not in said
    assert "the database is not up to date" in said
