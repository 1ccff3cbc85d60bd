"""`npm pack` in clients/javascript makes a package that works without this repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.clients.command import ROOT
from tests.clients.readers import needs

pytestmark = pytest.mark.system

SOURCE = ROOT / "clients/javascript"
SECONDS = 60.0
IMPORT = """
import { Reader, Refused } from "midstream-reader";
import { MessageLog } from "midstream-reader/rule";
const log = new MessageLog("c");
log.apply("message", { id: "m", position: 1, since: 0, seq: 1, revision: 0, content: "Hello" });
console.log(typeof Reader, new Refused("code", "why").code, log.messages.get("m").content);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but the packed package, and what it depends on."""
    needs("JavaScript")
    if shutil.which("npm") is None:
        pytest.skip("not installed: npm")
    run("npm", "pack", "--silent", "--pack-destination", tmp_path, SOURCE, cwd=tmp_path)
    [tarball] = tmp_path.glob("*.tgz")
    with tarfile.open(tarball) as packed:
        packed.extractall(tmp_path, filter="data")
    package = json.loads((tmp_path / "package/package.json").read_text())
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package").rename(tmp_path / "node_modules" / package["name"])
    for name in package["dependencies"]:  # nothing is downloaded
        (tmp_path / "node_modules" / name).symlink_to(ROOT / "node_modules" / name)
    return tmp_path


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command that must succeed, and return what it printed."""
    ran = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_it_contains_its_sources_and_can_be_published(folder: Path) -> None:
    packed = folder / "node_modules/midstream-reader"
    package = json.loads((packed / "package.json").read_text())
    assert not package.get("private")
    assert {"name", "version", "license", "exports", "bin", "files", "engines"} <= set(package)
    names = {path.relative_to(packed).as_posix() for path in packed.rglob("*.*")}
    sources = {f"src/{path.name}" for path in SOURCE.glob("src/*.js")}
    assert names == {"package.json", "README.md", *sources}


def test_it_can_be_imported(folder: Path) -> None:
    said = run("node", "--input-type=module", "-e", IMPORT, cwd=folder)
    assert said == "function code Hello\n"


def test_its_command_runs(folder: Path) -> None:
    package = folder / "node_modules/midstream-reader"
    command = json.loads((package / "package.json").read_text())["bin"]["midstream-reader"]
    own = {name: value for name, value in os.environ.items() if "MIDSTREAM" not in name}
    ran = subprocess.run(
        [package / command], env=own, cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("midstream-reader: MIDSTREAM_URL, MIDSTREAM_TOKEN and a ")
