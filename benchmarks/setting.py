"""What the benchmarks share: a server, or two of them, with a new database."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.auth.passwords import hash_password
from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.server import ROOT, Server, command
from tests.support.services import free_port, postgres_cluster, redis_server

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
UNLIMITED = {"LIMIT_EVENTS": "off", "LIMIT_JOIN": "off", "LIMIT_SEND": "off"}
SERVER_CPU = 0
OTHER_CPUS = set(range(os.cpu_count() or 1)) - {SERVER_CPU}


class OwnServer(Server):
    """A server as it is started in production, on all processors. The servers of tests are forked
    from a process that has loaded the app: they start sooner, and share its memory."""

    cpus = frozenset({SERVER_CPU} | OTHER_CPUS)

    def _process(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        env = {**env, "HUGE_PAGES": os.environ.get("HUGE_PAGES", "on")}
        cpus = ",".join(map(str, self.cpus))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["taskset", "-c", cpus, sys.executable, "wsgi.py"],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=log,
            )


class PinnedServer(OwnServer):
    """The same on the first processor alone."""

    cpus = frozenset({SERVER_CPU})


@dataclass(frozen=True)
class Setting:
    """A server, its database and its users."""

    server: Server
    database: Database
    cast: Cast


@contextmanager
def setting(**settings: str) -> Iterator[Setting]:
    """Run a server with an empty database and without rate limits, on a processor of its own."""
    leave_a_processor_to_the_server()
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        database, cast = prepared(url)
        with PinnedServer(url, Path(folder) / "server.log", **UNLIMITED, **settings) as server:
            yield Setting(server, database, cast)


@contextmanager
def two_processes() -> Iterator[tuple[Setting, Server]]:
    """Run two server processes on PostgreSQL and Redis; each has a port that it keeps."""
    with (
        tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder,
        redis_server(Path(folder)) as redis,
        postgres_cluster() as postgres,
    ):
        url = postgres.url
        database, cast = prepared(url)
        first, second = (
            OwnServer(url, Path(folder) / f"{name}.log", REDIS_URL=redis, PORT=str(free_port()))
            for name in ("first", "second")
        )
        first.settings |= UNLIMITED
        second.settings |= UNLIMITED
        with first, second:
            yield Setting(first, database, cast), second
        database.close()


def leave_a_processor_to_the_server() -> None:
    """Run this process, and those that it starts from now on, on the other processors."""
    if OTHER_CPUS:
        os.sched_setaffinity(0, OTHER_CPUS)


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
