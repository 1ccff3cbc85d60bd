"""The commands in processes of their own, with and without a terminal."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from app.commands.group import DATABASE_ERROR
from app.server.serving import NO_DATABASE
from tests.support.preloaded import PreloadedProcess
from tests.support.server import ROOT, environment, run_python

MINUTE = 60.0
LARGE = ("-m", "flask", "seed", "demo", "--size", "20000")

pytestmark = pytest.mark.system

Environment = dict[str, str]


@pytest.fixture
def env(database_url: str) -> Environment:
    """Return the environment of a process whose database has empty tables."""
    return environment(database_url)


def flask(*args: str, env: Environment) -> subprocess.CompletedProcess[str]:
    """Run a command; return what it printed."""
    return run_python("-m", "flask", *args, env=env)


def cpu_seconds() -> float:
    """Return the CPU seconds of all commands so far: other programs don't count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_a_terminal(*args: str, env: Environment) -> str:
    """Run a command on a terminal; return what it printed there."""
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as screen, open(theirs, "wb", buffering=0) as terminal:
        device = Path(os.ttyname(theirs))
        command = PreloadedProcess(env | {"TERM": "xterm"}, device, "-m", "flask", *args)
        terminal.close()
        shown = b"".join(iter(lambda: read(screen), b""))
        command.wait(MINUTE)
    return shown.decode()


def read(screen: IO[bytes]) -> bytes:
    """Return the next bytes of the output, or none at its end."""
    try:
        return screen.read(65536)
    except OSError:  # Linux reports so that the other end is closed
        return b""


def test_ids_and_tokens_are_printed_alone_on_standard_output(env: Environment) -> None:
    eve = ("eve@example.com", "--name", "Eve", "--password", "eve's own secret")
    assert flask("seed", "user", *eve, env=env).returncode == 0
    made = flask("seed", "conversation", "T", "--member", "eve@example.com", env=env)
    assert (len(made.stdout), made.stderr, made.returncode) == (33, "", 0)
    made = flask("token", "create", "eve@example.com", "--name", "bot", env=env)
    assert (len(made.stdout), made.stderr, made.returncode) == (54, "", 0)
    made = flask("token", "create", "eve@example.com", "--name", "bot", env=env)
    assert (made.stdout, made.returncode) == ("", 2)
    assert made.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////no/such/folder/x.sqlite3", ""),
        (
            "postgresql://:sesame@127.0.0.1:1/x",
            ' (connection failed: connection to server at "127.0.0.1", port 1 failed:'
            " Connection refused)",
        ),
    ],
)
def test_a_database_that_can_not_be_reached_is_one_sentence_with_what_libpq_says(
    url: str, said: str
) -> None:
    env = environment(url)
    for arguments, sentence in (
        (
            ("db", "upgrade"),
            "Error: The database can't be reached or written. Is DATABASE_URL right?",
        ),
        (("user", "list"), f"Error: {DATABASE_ERROR}"),
    ):
        made = flask(*arguments, env=env)
        assert (made.stdout, made.returncode) == ("", 2)
        assert made.stderr.splitlines()[-1] == sentence + said
        assert "sesame" not in made.stderr
    started = run_python("wsgi.py", env=env)
    assert started.returncode != 0
    assert started.stderr.splitlines()[-1] == NO_DATABASE + said


@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.alone
def test_a_large_demo_is_stored_in_time_and_shows_no_progress_bar_in_a_pipe(
    env: Environment,
) -> None:
    before = cpu_seconds()
    made = subprocess.run(
        [sys.executable, *LARGE], cwd=ROOT, env=env, capture_output=True, text=True, timeout=110
    )
    # five times as many take about a minute, and less than two on a slow machine
    assert cpu_seconds() - before < 2 * MINUTE / 5
    assert "20,000 messages" in made.stdout
    assert made.stderr == ""


def test_a_large_demo_shows_a_progress_bar_on_a_terminal(env: Environment) -> None:
    shown = on_a_terminal("seed", "demo", "--size", "2500", env=env)
    assert "2500/2500" in shown
    assert "2,500 messages" in shown


def test_a_small_demo_shows_no_progress_bar(env: Environment) -> None:
    shown = on_a_terminal("seed", "demo", "--size", "50", env=env)
    assert "50/50" not in shown
    assert "50 messages" in shown
