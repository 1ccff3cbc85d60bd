"""Redis and PostgreSQL for the tests, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing; yield its URL."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(folder)], stdout=log, stderr=log
        )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        eventually(lambda: _redis_answers(url), 10.0, "Redis has not started")
        yield url
    finally:
        process.terminate()
        process.wait(10)


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


def _redis_answers(url: str) -> bool:
    with Redis.from_url(url) as redis:
        try:
            return bool(redis.ping())
        except RedisError:
            return False


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
