"""wsgi.py checks eventlet's version where eventlet serves, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT, environment

pytestmark = pytest.mark.system

METADATA = "Metadata-Version: 2.1\nName: eventlet\nVersion: 0.99.0\n"


def start_with_another_eventlet(folder: Path, async_mode: str) -> str:
    """Start a server on an empty database, which it refuses, and return what it prints."""
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
    assert ran.returncode == 1
    return ran.stderr


def test_an_untested_eventlet_does_not_serve(tmp_path: Path) -> None:
    error = start_with_another_eventlet(tmp_path, "eventlet")
    assert error.startswith("midstream: Unsupported eventlet 0.99.0: ")


def test_with_threads_eventlet_is_not_checked(tmp_path: Path) -> None:
    error = start_with_another_eventlet(tmp_path, "threading")
    assert "eventlet" not in error
    assert "the database is not up to date" in error
