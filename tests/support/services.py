"""Redis, PostgreSQL and PgBouncer for the tests, each in a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from redis import Redis, RedisError

from tests.support.waiting import eventually

OWN_PORTS = range(15_000, 22_000)  # those of a cluster of Redis are 10,000 above
POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")
POSTGRES_USER = "postgres"  # PostgreSQL refuses to run as root
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",  # no data has to survive the test
    "full_page_writes": "off",
}
PROGRAMS = f"{os.environ.get('PATH', '')}:/usr/sbin"
PGBOUNCER = """
[databases]
* = host={server.hostname} port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
logfile = {folder}/log
pidfile = {folder}/pid
"""


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


class Cluster:
    """A PostgreSQL that can be stopped and started again, on the same port with its data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._port = free_port()
        self._settings = {**POSTGRES_SETTINGS, **settings}
        self.url = f"postgresql+psycopg://{POSTGRES_USER}@127.0.0.1:{self._port}/postgres"
        if os.geteuid() == 0:
            shutil.chown(folder, POSTGRES_USER)
        here = ["--pgdata", f"{folder}/data", "--username", POSTGRES_USER]
        _run("initdb", *here, "--auth", "trust", "--encoding", "UTF8")

    def start(self) -> None:
        """Start it and wait until it can be used."""
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        self._control("--options", f"-p {self._port} {settings}", "start")

    def stop(self) -> None:
        """Stop it as if its machine had lost power."""
        self._control("--mode", "immediate", "stop")

    def freeze(self) -> None:
        """Let it take connections and data, and answer nothing, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the first process, so that it starts no others, and to all of its
        own."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(first, number)
        for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(int(pid), number)

    def database(self, name: str, template: str = "template1") -> str:
        """Make a database in it and return its URL."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return f"{self.url.rpartition('/')[0]}/{name}"

    def connect(self, url: str = "") -> psycopg.Connection[Any]:
        """Connect to a database in it, without transactions unless they are begun."""
        address = (url or self.url).replace("postgresql+psycopg", "postgresql")
        return psycopg.connect(address, autocommit=True)

    def _control(self, *arguments: str) -> None:
        here = ["--pgdata", f"{self._folder}/data", "--log", f"{self._folder}/log", "-w"]
        _run("pg_ctl", *here, *arguments)


@contextmanager
def postgres_cluster(**settings: str) -> Iterator[Cluster]:
    """Run a cluster with these settings besides the usual ones."""
    with tempfile.TemporaryDirectory(prefix="midstream-postgres-") as folder:
        cluster = Cluster(Path(folder), **settings)
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(AssertionError):  # a test has stopped it
                cluster.stop()


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """Run a PgBouncer in transaction mode before a PostgreSQL; yield the URL of the same database
    through it."""
    assert shutil.which("pgbouncer", path=PROGRAMS), "pgbouncer is not installed"
    port = free_port()
    server = urlsplit(url)
    with tempfile.TemporaryDirectory(prefix="midstream-pgbouncer-") as folder:
        path = Path(folder)
        (path / "users.txt").write_text(f'"{POSTGRES_USER}" ""\n')
        (path / "pgbouncer.ini").write_text(
            PGBOUNCER.format(server=server, port=port, folder=folder)
        )
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            for each in (path, *path.iterdir()):
                shutil.chown(each, POSTGRES_USER)
            user = {"user": POSTGRES_USER}
        process = subprocess.Popen(
            [str(shutil.which("pgbouncer", path=PROGRAMS)), f"{folder}/pgbouncer.ini"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **user,
        )
        try:
            eventually(lambda: _listens(port), 10.0, "PgBouncer has not started")
            yield url.replace(f":{server.port}/", f":{port}/")
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """Return a port that is free now. It is none of those that connections get by themselves, which
    another process might have before it is listened at."""
    while True:
        port = secrets.choice(OWN_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


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
