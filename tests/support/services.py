"""Redis and PostgreSQL for the tests, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis, RedisError

from tests.support.waiting import eventually

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")
POSTGRES_USER = "postgres"  # PostgreSQL refuses to run as root
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",  # no data has to survive the test
    "full_page_writes": "off",
}


class RedisProcess:
    """A Redis that keeps nothing, started anew on its port as often as a test wants. It is asked
    with the options of redis-py in `client`."""

    def __init__(self, folder: Path, *options: str, program: str = "redis-server", **client: Any):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._program = program
        self._options = options
        self._client = client
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisProcess:
        """Start it, and wait until it answers."""
        port = [] if "--port" in self._options else ["--port", str(self.port)]
        options = [*port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        more = ["--dir", str(self._folder), *self._options]
        words = [self._program, *options, *more]
        with (self._folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        eventually(self.answers, 20.0, "Redis has not started")
        return self

    def answers(self) -> bool:
        """Return whether it answers."""
        with self.client() as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def client(self) -> Redis:
        """Return a client of it."""
        where = {"host": "127.0.0.1", "port": self.port, "socket_timeout": 5.0}
        return Redis(**(where | self._client))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP, SIGCONT."""
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def __enter__(self) -> RedisProcess:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing; yield its URL."""
    with RedisProcess(folder) as redis:
        yield redis.url


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a cluster; yield the URL of its database."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="midstream-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, POSTGRES_USER)
        here = ["--pgdata", f"{folder}/data"]
        _run("initdb", *here, "--username", POSTGRES_USER, "--auth", "trust", "--encoding", "UTF8")
        settings = " ".join(f"-c {name}={value}" for name, value in POSTGRES_SETTINGS.items())
        control = [*here, "--log", f"{folder}/log", "-w"]
        _run("pg_ctl", *control, "--options", f"-p {port} {settings}", "start")
        try:
            yield f"postgresql+psycopg://{POSTGRES_USER}@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", *control, "--mode", "immediate", "stop")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _run(program: str, *arguments: str) -> None:
    user = {"user": POSTGRES_USER} if os.geteuid() == 0 else {}
    ran = subprocess.run(
        [_path(program), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        check=False,
        **user,
    )
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")


def _path(program: str) -> str:
    """Return where a program of PostgreSQL's is; Debian keeps them out of the PATH."""
    versions = sorted(
        POSTGRES_PROGRAMS.glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3])
    )
    found = shutil.which(program) or (str(versions[-1]) if versions else None)
    assert found, f"{program} is not installed"
    return found
