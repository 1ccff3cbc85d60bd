"""A warm start is like a cold one: output, environment, arguments, signals and exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.support import warm

pytestmark = pytest.mark.system

SCRIPT = """
import os, sys, threading
print(sys.argv[1:], os.environ.get("A_NAME"), __name__, "app" in sys.modules, sys.flags.optimize)
print(threading.Lock.__module__, file=sys.stderr)
sys.exit(7)
"""


def run(folder: Path, *, green: bool = False, **environment: str) -> tuple[int, str, str]:
    """Return the script's exit code and what it has written."""
    script = folder / "script.py"
    script.write_text(SCRIPT)
    ran = warm.run([str(script), "one", "two"], os.environ | environment, green=green)
    return ran.returncode, ran.stdout, ran.stderr


def sleeping() -> warm.Started:
    with TemporaryFile() as out:
        return warm.start(["-m", "http.server", "0"], dict(os.environ), out, out)


@pytest.mark.parametrize("optimize", ["0", "1"], ids=["warm", "cold"])
def test_it_gets_what_it_was_given_and_says_how_it_ended(tmp_path: Path, optimize: str) -> None:
    flag = {} if optimize == "0" else {"PYTHONOPTIMIZE": optimize}
    code, out, err = run(tmp_path, A_NAME="a value", **flag)
    assert code == 7
    assert out == f"['one', 'two'] a value __main__ False {optimize}\n"
    assert err == "_thread\n"


def test_where_it_serves_as_the_default_server_does_it_is_green(tmp_path: Path) -> None:
    _, _, err = run(tmp_path, green=True)
    assert err == "eventlet.green.thread\n"


def test_a_signal_reaches_it() -> None:
    process = sleeping()
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == process.poll() == -signal.SIGKILL


def test_one_that_goes_on_is_not_waited_for_for_ever() -> None:
    process = sleeping()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
