"""A server process of its own: `python wsgi.py`, on any port, with its log at hand."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import requests

from tests.support.counting import counting_greenlets
from tests.support.waiting import eventually
from tests.support.warm import Started, run, start

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ADDRESS = re.compile(r"^Midstream is at (http://\S+)$", re.MULTILINE)
# What a developer's shell may hold and a test must not depend on.
FOREIGN = re.compile(
    r"(OPENAI|ANTHROPIC|LIMIT|PROVIDER)_|(MODELS|DATABASE_URL|REDIS_URL|HOST|PORT"
    r"|MIDSTREAM_ENV|LEASE_SECONDS|BEAT_MS)$"
)


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a server or a command on this database."""
    own = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a key for tests",
        "MODELS": "demo",
        "PORT": "0",
    }
    env = own | settings | more
    return counting_greenlets(env) if is_green(env) else env


def is_green(env: Mapping[str, str]) -> bool:
    """Does a server with these settings serve as it does by default?"""
    return env.get("ASYNC_MODE", "eventlet") == "eventlet"


def command(database_url: str, *arguments: str, **settings: str) -> str:
    """Run a `flask` command to its end and return what it printed."""
    ran = run(["-m", "flask", *arguments], environment(database_url, **settings))
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


class Server:
    """One after the other, processes on the same database with the same settings."""

    may_log_tracebacks = False

    def __init__(self, database_url: str, log: Path, **settings: str) -> None:
        self.database_url = database_url
        self.log = log
        self.url = ""
        self.settings = settings
        self.process: Started | None = None

    def start(self) -> Server:
        """Start a process and wait until it is ready to serve."""
        self.log.touch()
        beginning = len(self.output)
        with self.log.open("ab") as log:
            env = environment(self.database_url, **self.settings)
            self.process = start(["wsgi.py"], env, log, log, green=is_green(env))
        try:
            self.url = eventually(lambda: self._address(beginning), START_SECONDS)
            eventually(self.is_ready, START_SECONDS)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> int:
        """Ask it to stop, wait for it, and return its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP and SIGCONT pause it and let it go on."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        assert self.process is not None
        return self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        """End it if it still runs, and look for what nobody should ever see in a log."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.stop()
        assert self.may_log_tracebacks or "Traceback" not in self.output, self.output

    def is_ready(self) -> bool:
        """Does it say that it can serve?"""
        return requests.get(f"{self.url}/readyz", timeout=5).ok

    @property
    def output(self) -> str:
        """All that its processes have written."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _address(self, beginning: int) -> str | None:
        assert self.process is not None
        assert self.process.poll() is None, f"it has ended:\n{self.output}"
        found = ADDRESS.search(self.output[beginning:])
        return found[1] if found else None
