"""The commands as an operator types them: in processes of their own, on a terminal or not."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINUTE = 60.0

pytestmark = pytest.mark.system


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a process whose database is made and empty."""
    own = {"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3", "SECRET_KEY": "x", "MODELS": "demo"}
    environment = os.environ | own
    flask("db", "upgrade", env=environment)
    return environment


def flask(*args: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command; return what it printed."""
    command = [sys.executable, "-m", "flask", *args]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=110)


def computed() -> float:
    """Return the seconds that commands have kept a processor; others may want it, too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_a_terminal(*args: str, env: dict[str, str]) -> str:
    """Run a command on a terminal; return all that it showed there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "flask", *args]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how Linux says that nobody holds the other end any more
            pass
        finally:
            os.close(ours)
    return shown.decode()


def test_ids_and_tokens_are_alone_on_standard_output(environment: dict[str, str]) -> None:
    assert flask("seed", "demo", env=environment).returncode == 0
    made = flask("seed", "conversation", "T", "--member", "eve@example.com", env=environment)
    assert (len(made.stdout), made.stderr, made.returncode) == (33, "", 0)
    made = flask("token", "create", "eve@example.com", "--name", "bot", env=environment)
    assert (len(made.stdout), made.stderr, made.returncode) == (54, "", 0)
    made = flask("token", "create", "eve@example.com", "--name", "bot", env=environment)
    assert (made.stdout, made.returncode) == ("", 2)
    assert made.stderr.startswith("Error: ")


@pytest.mark.slow
def test_a_large_demo_takes_less_than_a_minute_and_shows_no_bar_in_a_pipe(
    environment: dict[str, str],
) -> None:
    before = computed()
    made = flask("seed", "demo", "--size", "100000", env=environment)
    assert computed() - before < MINUTE
    assert "100,000 messages" in made.stdout
    assert made.stderr == ""


def test_a_large_demo_shows_a_bar_on_a_terminal(environment: dict[str, str]) -> None:
    shown = on_a_terminal("seed", "demo", "--size", "2500", env=environment | {"TERM": "xterm"})
    assert "2500/2500" in shown
    assert "2,500 messages" in shown


def test_a_small_demo_shows_none(environment: dict[str, str]) -> None:
    shown = on_a_terminal("seed", "demo", "--size", "50", env=environment | {"TERM": "xterm"})
    assert "50/50" not in shown
    assert "50 messages" in shown
