"""A server process: `python wsgi.py` on a free port, with its log at hand."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import requests

from tests.support.preloaded import PreloadedProcess, can_preload
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOCK_SECONDS = 0.2
RUN_SECONDS = 0.05
ADDRESS = re.compile(r"^Midstream is at (http://\S+)$", re.MULTILINE)
# What a developer's shell may hold and a test must not depend on.
FOREIGN = re.compile(
    r"(OPENAI|ANTHROPIC|LIMIT|PROVIDER|DATABASE)_|(MODELS|REDIS_(URL|PREFIX|CA_FILE)|HOST|PORT"
    r"|MIDSTREAM_ENV|WORKERS|LEASE_SECONDS|DRAIN_SECONDS|BEAT_MS|REGISTRATION|SMTP_URL|MAIL_FROM|PUBLIC_URL|PRICES"
    r"|LOG_FORMAT|LOG_LEVEL|METRICS_[A-Z]+|OTEL_[A-Z_]+|TITLE_MODEL|KEYS_SECRET|VAPID_PRIVATE_KEY|VAPID_SUBJECT|PUSH_HOSTS)$"
)


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a server or a command on this database."""
    own = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a key for tests, long enough for production",
        "MODELS": "demo",
        "PORT": "0",
        "DRAIN_SECONDS": "0",
        "HUGE_PAGES": "off",  # forks share their memory
    }
    return own | settings | more


def run_python(
    *arguments: str, env: dict[str, str], timeout: float = 60.0, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python` with these arguments to its end, in the repository's folder."""
    if can_preload(env, *arguments):
        return _run_preloaded(arguments, env, timeout, stdin or "")
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _run_preloaded(
    arguments: tuple[str, ...], env: dict[str, str], timeout: float, stdin: str
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="midstream-") as folder:
        given, log, errors = (Path(folder) / name for name in ("in", "out", "errors"))
        given.write_text(stdin, "utf-8")
        process = PreloadedProcess(env, log, *arguments, errors=errors, given=given)
        try:
            code = process.wait(timeout)
        except BaseException:
            process.send_signal(signal.SIGKILL)
            raise
        printed = [each.read_text("utf-8") for each in (log, errors)]
    return subprocess.CompletedProcess(arguments, code, *printed)


def command(database_url: str, *arguments: str, stdin: str | None = None, **settings: str) -> str:
    """Run a `flask` command to its end and return what it printed."""
    env = environment(database_url, **settings)
    ran = run_python("-m", "flask", *arguments, env=env, stdin=stdin)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


class Server:
    """One process after the other, on the same database with the same settings."""

    may_log_tracebacks = False

    def __init__(self, database_url: str, log: Path, **settings: str) -> None:
        self.database_url = database_url
        self.log = log
        self.url = ""
        self.settings = settings
        self.process: subprocess.Popen[bytes] | PreloadedProcess | None = None

    def start(self) -> Server:
        """Start a process and wait until it is ready to serve."""
        self.log.touch()
        beginning = len(self.output)
        self.process = self._process(environment(self.database_url, **self.settings))
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
        """End it at once, whatever it is doing."""
        self.signal(signal.SIGKILL)
        self.wait()

    def pause(self) -> None:
        """Stop the process until SIGCONT, as a laptop's lid does, while it holds no lock of an
        SQLite database. PostgreSQL ends a transaction that is idle."""
        self.signal(signal.SIGSTOP)
        while self._locks_the_database():
            self.signal(signal.SIGCONT)
            time.sleep(RUN_SECONDS)  # long enough to finish the transaction
            self.signal(signal.SIGSTOP)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        assert self.process is not None
        return self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop it if it still runs; no traceback may be in its log."""
        if self.is_running:
            self.signal(signal.SIGCONT)
            self.stop()
        assert self.may_log_tracebacks or "Traceback" not in self.output, self.output

    @property
    def is_running(self) -> bool:
        """Return whether its process has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def descriptors(self) -> int:
        """How many files, sockets and the like its process has open."""
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def is_ready(self) -> bool:
        """Return whether it says that it can serve."""
        return requests.get(f"{self.url}/readyz", timeout=5).ok

    @property
    def output(self) -> str:
        """All that its processes have written."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _process(self, env: dict[str, str]) -> subprocess.Popen[bytes] | PreloadedProcess:
        if can_preload(env):
            return PreloadedProcess(env, self.log)
        command = [sys.executable, "wsgi.py"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def _address(self, beginning: int) -> str | None:
        assert self.process is not None
        assert self.process.poll() is None, f"it has ended:\n{self.output}"
        found = ADDRESS.search(self.output[beginning:])
        return found[1] if found else None

    def _locks_the_database(self) -> bool:
        if not self.database_url.startswith("sqlite:///"):
            return False
        path = self.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=LOCK_SECONDS)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            return False
