"""What the benchmarks share: a server, or two of them, with a new database."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.auth.passwords import hash_password
from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.server import Server, command
from tests.support.services import free_port, postgres_server, redis_server

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
UNLIMITED = {"LIMIT_EVENTS": "off", "LIMIT_JOIN": "off", "LIMIT_SEND": "off"}


@dataclass(frozen=True)
class Setting:
    """A server, its database and its users."""

    server: Server
    database: Database
    cast: Cast


@contextmanager
def setting(**settings: str) -> Iterator[Setting]:
    """Run a server with an empty database and without rate limits."""
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        database, cast = prepared(url)
        with Server(url, Path(folder) / "server.log", **UNLIMITED, **settings) as server:
            yield Setting(server, database, cast)


@contextmanager
def two_processes() -> Iterator[tuple[Setting, Server]]:
    """Run two server processes on PostgreSQL and Redis; each has a port that it keeps."""
    with (
        tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder,
        redis_server(Path(folder)) as redis,
        postgres_server() as url,
    ):
        database, cast = prepared(url)
        first, second = (
            Server(url, Path(folder) / f"{name}.log", REDIS_URL=redis, PORT=str(free_port()))
            for name in ("first", "second")
        )
        first.settings |= UNLIMITED
        second.settings |= UNLIMITED
        with first, second:
            yield Setting(first, database, cast), second
        database.close()


def prepared(url: str) -> tuple[Database, Cast]:
    """Create a database, and the cast in it."""
    command(url, "db", "upgrade")
    database = Database.at(url)
    with database.app.app_context():
        return database, create_cast(hash_password)


def cpu_seconds(server: Server) -> float:
    """Return the processor time that a server has used so far, in seconds."""
    assert server.process is not None
    stat = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS_PER_SECOND


def memory_of(server: Server) -> int:
    """Return how many bytes of memory a server holds."""
    assert server.process is not None
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def headline(what: str) -> None:
    """Print what is measured, on which machine and when."""
    load = os.getloadavg()[0]
    now = datetime.now(UTC)
    print(f"{what}\n{now:%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()},")
    print(f"load before the run {load:.1f}\n", flush=True)
