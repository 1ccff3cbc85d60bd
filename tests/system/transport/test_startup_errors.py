"""A server that can't work exits at start-up with an error of one sentence."""

from __future__ import annotations

import compileall
import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import ROOT, environment, run_python

pytestmark = pytest.mark.system


def start(database_url: str, **settings: str) -> tuple[int, str]:
    """Start a server that exits at once; return its exit code and its output."""
    env = environment(database_url, **settings)
    ran = run_python("wsgi.py", env=env)
    return ran.returncode, ran.stdout + ran.stderr


def start_with_few_files(database_url: str, files: int, **settings: str) -> tuple[int, str]:
    """Do the same with a limit of open files."""
    ran = subprocess.run(
        ["prlimit", f"--nofile={files}:{files}", sys.executable, "wsgi.py"],
        cwd=ROOT,
        env=environment(database_url, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout


@pytest.fixture
def busy_port() -> Iterator[str]:
    """A port at which another socket listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def is_one_sentence(text: str) -> bool:
    return (
        text.startswith("midstream: ") and text.endswith((".\n", "?\n")) and text.count("\n") == 1
    )


def test_an_untested_version_of_a_library_is_reported(database_url: str, tmp_path: Path) -> None:
    info = tmp_path / "python_engineio-4.99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: python-engineio\nVersion: 4.99.0\n"
    )
    exit_code, output = start(database_url, PYTHONPATH=str(tmp_path))
    assert exit_code == 1
    assert output == (
        "midstream: Unsupported python-engineio 4.99.0: Midstream was tested with 4.15. "
        "See docs/security.md, Upgrading a library.\n"
    )


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the libraries, compiled and without their sources."""
    folder = tmp_path_factory.mktemp("libraries")
    for library in ("engineio", "socketio", "flask_socketio", "wsproto"):
        found = importlib.util.find_spec(library)
        assert found and found.origin
        copy = folder / library
        shutil.copytree(Path(found.origin).parent, copy)
        compileall.compile_dir(copy, quiet=1, legacy=True)
        for source in copy.rglob("*.py"):
            source.unlink()
    return folder


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_the_versions_are_checked_without_the_libraries_sources(
    libraries: Path, tmp_path: Path, mode: str
) -> None:
    settings = {"ASYNC_MODE": mode, "PYTHONPATH": str(libraries)}
    _, output = start(f"sqlite:///{tmp_path}/new.sqlite3", **settings)
    assert is_one_sentence(output) and "the database is not up to date" in output, output


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_too_few_file_descriptors_are_reported(database_url: str, mode: str) -> None:
    exit_code, output = start_with_few_files(database_url, 300, ASYNC_MODE=mode)
    assert exit_code == 1
    assert is_one_sentence(output) and "300 files" in output, output


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("HOST", "203.0.113.7", "203.0.113.7"),
        ("DATABASE_URL", "postgresql://:sesame@127.0.0.1:1/x?option=1", "DATABASE_URL"),
        ("REDIS_URL", "reddis://:sesame@127.0.0.1/0", "REDIS_URL"),
    ],
)
def test_an_invalid_setting_is_reported(
    database_url: str, variable: str, value: str, word: str
) -> None:
    url = value if variable == "DATABASE_URL" else database_url
    exit_code, output = start(url, **({} if variable == "DATABASE_URL" else {variable: value}))
    assert exit_code == 1
    assert is_one_sentence(output) and word in output and "sesame" not in output, output


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_port_in_use_is_reported(database_url: str, busy_port: str, mode: str) -> None:
    exit_code, output = start(database_url, PORT=busy_port, ASYNC_MODE=mode)
    assert exit_code == 1
    assert is_one_sentence(output) and busy_port in output, output
