"""What the benchmarks share: a server of their own on a database of their own."""

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

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
UNLIMITED = {"LIMIT_EVENTS": "off", "LIMIT_JOIN": "off", "LIMIT_SEND": "off"}


@dataclass(frozen=True)
class Setting:
    """A server, its database, and everybody in it."""

    server: Server
    database: Database
    cast: Cast


@contextmanager
def setting(**settings: str) -> Iterator[Setting]:
    """Serve an empty database, with no limit to how often anybody may do anything."""
    with tempfile.TemporaryDirectory(prefix="midstream-benchmark-") as folder:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        command(url, "db", "upgrade")
        database = Database.at(url)
        with database.app.app_context():
            cast = create_cast(hash_password)
        with Server(url, Path(folder) / "server.log", **UNLIMITED, **settings) as server:
            yield Setting(server, database, cast)


def cpu_seconds(server: Server) -> float:
    """Return the processor time that a server has taken so far."""
    assert server.process is not None
    stat = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS_A_SECOND


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def headline(what: str) -> None:
    """Print what is measured, where and when."""
    load = os.getloadavg()[0]
    now = datetime.now(UTC)
    print(f"{what}\n{now:%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()},")
    print(f"load before it {load:.1f}\n", flush=True)
