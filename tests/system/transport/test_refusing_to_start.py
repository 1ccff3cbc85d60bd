"""Where a guard could not work the server does not start, and says why in one sentence."""

from __future__ import annotations

import importlib.util
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import ROOT, environment, run_python

pytestmark = pytest.mark.system

# A library, the file in it that an upgrade has changed, what it said, and what it says now.
UPGRADES = {
    "the socket's queue": (
        "engineio/socket.py",
        "self.queue.put(pkt)",
        "self.queue.put_nowait(pkt)",
    ),
    "who is here": ("socketio/base_manager.py", "._invm[eio_sid]", ".inverse[eio_sid]"),
    "the queue's hooks": ("eventlet/queue.py", "self._put(item)", "self.queue.append(item)"),
    "the green pool": ("eventlet/wsgi.py", "pool.spawn(serv", "pool.spawn_n(serv"),
    "what was handled": ("eventlet/wsgi.py", "if WSGI_LOCAL.already_handled:", "if False:"),
    "threads": ("werkzeug/serving.py", "self.make_environ()", "self.environment()"),
}


def start(database_url: str, **settings: str) -> tuple[int, str]:
    """Start a server that is to end at once; return its exit code and all that it says."""
    ran = run_python("wsgi.py", env=environment(database_url, **settings))
    return ran.returncode, ran.stdout + ran.stderr


def start_with_few_files(database_url: str, files: int, **settings: str) -> tuple[int, str]:
    """The same where it may have only so many files open."""
    ran = subprocess.run(
        [sys.executable, "wsgi.py"],
        cwd=ROOT,
        env=environment(database_url, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    return ran.returncode, ran.stdout


@pytest.fixture
def busy_port() -> Iterator[str]:
    """Yield the number of a port that somebody else listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def is_one_sentence(said: str) -> bool:
    return (
        said.startswith("midstream: ") and said.endswith((".\n", "?\n")) and said.count("\n") == 1
    )


@pytest.mark.parametrize(("name", "old", "new"), UPGRADES.values(), ids=UPGRADES)
def test_a_library_that_is_no_longer_what_a_guard_relies_on(
    database_url: str, tmp_path: Path, name: str, old: str, new: str
) -> None:
    library, _, file = name.partition("/")
    found = importlib.util.find_spec(library)
    assert found and found.origin
    shutil.copytree(Path(found.origin).parent, tmp_path / library)
    changed = tmp_path / library / file
    code = changed.read_text()
    assert old in code, "there must be something to change"
    changed.write_text(code.replace(old, new))
    exit_code, said = start(database_url, PYTHONPATH=str(tmp_path))
    assert exit_code == 1
    assert is_one_sentence(said) and "The guards can't be trusted" in said, said


def test_a_library_of_an_untested_version(database_url: str, tmp_path: Path) -> None:
    info = tmp_path / "python_engineio-4.99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: python-engineio\nVersion: 4.99.0\n"
    )
    exit_code, said = start(database_url, PYTHONPATH=str(tmp_path))
    assert exit_code == 1
    assert is_one_sentence(said) and "python-engineio 4.99.0 is not the tested 4.15" in said, said


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_too_few_file_descriptors(database_url: str, mode: str) -> None:
    exit_code, said = start_with_few_files(database_url, 300, ASYNC_MODE=mode)
    assert exit_code == 1
    assert is_one_sentence(said) and "300 files" in said, said


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("HOST", "nowhere.invalid", "nowhere.invalid"),
        ("HOST", "203.0.113.7", "203.0.113.7"),
        ("PORT", "70000", "65535"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "DATABASE_URL"),
        ("REDIS_URL", "reddis://:sesame@127.0.0.1/0", "REDIS_URL"),
    ],
)
def test_what_can_not_be_had(database_url: str, variable: str, value: str, word: str) -> None:
    url = value if variable == "DATABASE_URL" else database_url
    exit_code, said = start(url, **({} if variable == "DATABASE_URL" else {variable: value}))
    assert exit_code == 1
    assert is_one_sentence(said) and word in said and "sesame" not in said, said


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_port_that_is_in_use(database_url: str, busy_port: str, mode: str) -> None:
    exit_code, said = start(database_url, PORT=busy_port, ASYNC_MODE=mode)
    assert exit_code == 1
    assert is_one_sentence(said) and busy_port in said, said
