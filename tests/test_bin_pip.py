"""`bin/pip` uses uv, or pip if uv can't be installed, fails, or would use another index."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent
WORDS = ["--no-deps", "-r", "some list.txt"]
BY_UV = "uv pip install --quiet --python .venv/bin/python --require-hashes"
BY_PIP = "python -m pip --disable-pip-version-check install --quiet --require-hashes"

# Each fake records how it was called; `python` stands for pip.
NOTE = '#!/bin/sh\necho "${0##*/} $*" >>called\n'
UV_CAN_NOT_BE_HAD = 'case "$*" in *bin/uv.txt) exit 1;; esac\n'
AN_INDEX = """case "$*" in *config*) echo "global.index-url='https://pypi.example'";; esac\n"""
FAILS = "echo 'no line' >&2\nexit 2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose `python` and `uv` are fakes."""
    (tmp_path / "bin").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin/pip", tmp_path / "bin")
    fake(tmp_path, "python")
    fake(tmp_path, "uv")
    return tmp_path


def fake(folder: Path, name: str, does: str = "") -> None:
    path = folder / ".venv/bin" / name
    path.write_text(NOTE + does)
    path.chmod(0o755)


def install(folder: Path) -> tuple[int, str, list[str]]:
    """Run bin/pip; return its exit code, its output, and the install commands it ran."""
    ran = subprocess.run([folder / "bin/pip", *WORDS], capture_output=True, text=True, timeout=30)
    called = (folder / "called").read_text().splitlines()
    return ran.returncode, ran.stdout + ran.stderr, [each for each in called if WORDS[-1] in each]


def by(program: str) -> str:
    return " ".join([program, *WORDS])


def test_uv_is_used_if_it_works(folder: Path) -> None:
    assert install(folder) == (0, "", [by(BY_UV)])


def test_pip_is_used_if_uv_fails(folder: Path) -> None:
    fake(folder, "uv", FAILS)
    assert install(folder) == (0, "", [by(BY_UV), by(BY_PIP)])


def test_pip_is_used_if_uv_can_not_be_installed(folder: Path) -> None:
    (folder / ".venv/bin/uv").unlink()
    fake(folder, "python", UV_CAN_NOT_BE_HAD)
    assert install(folder) == (0, "", [by(BY_PIP)])


def test_pip_is_used_if_it_is_configured_with_an_index(folder: Path) -> None:
    fake(folder, "python", AN_INDEX)
    assert install(folder) == (0, "", [by(BY_PIP)])


def test_if_both_fail_pip_prints_why(folder: Path) -> None:
    fake(folder, "uv", FAILS)
    fake(folder, "python", 'case "$*" in *install*) echo "no such package" >&2; exit 1;; esac\n')
    code, output, _ = install(folder)
    assert (code, output) == (1, "no such package\n")
