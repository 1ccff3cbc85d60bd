"""`pip install clients/python` installs the command `midstream`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.clients.command import ROOT

pytestmark = pytest.mark.system

SECONDS = 100.0
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
OFFLINE = ["--no-index", "--no-deps"]


def run(*words: str | Path) -> str:
    """Run a command, which must succeed; return its output."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        words, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_it_installs_into_a_new_virtual_environment(tmp_path: Path) -> None:
    source = shutil.copytree(ROOT / "clients/python", tmp_path / "source")
    run(*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", tmp_path, source)
    [wheel] = tmp_path.glob("*.whl")
    home = tmp_path / "venv"
    venv.create(home)
    run(*PIP, "--python", home / "bin/python", "install", *OFFLINE, wheel)
    [packages] = home.glob("lib/python*/site-packages")
    # Use the dependencies installed here, so that nothing is downloaded.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    assert run(home / "bin/midstream", "--version") == "midstream, version 1.0.0\n"
    assert "130 interrupted" in " ".join(run(home / "bin/midstream", "--help").split())
