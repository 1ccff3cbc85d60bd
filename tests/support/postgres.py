"""A PostgreSQL of the tests' own: a cluster in a folder, which goes when they end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.redis import free_port

PROGRAMS = Path("/usr/lib/postgresql")
OWNER = "postgres"  # PostgreSQL refuses to run as root
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",  # the data need not outlive the test
    "full_page_writes": "off",
}


@contextmanager
def serving() -> Iterator[str]:
    """Run a cluster; yield the URL of its database."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="midstream-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        here = ["--pgdata", f"{folder}/data"]
        _run("initdb", *here, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8")
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        control = [*here, "--log", f"{folder}/log", "-w"]
        _run("pg_ctl", *control, "--options", f"-p {port} {settings}", "start")
        try:
            yield f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", *control, "--mode", "immediate", "stop")


def _run(program: str, *arguments: str) -> None:
    user = {"user": OWNER} if os.geteuid() == 0 else {}
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
    versions = sorted(PROGRAMS.glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(program) or (str(versions[-1]) if versions else None)
    assert found, f"{program} is not installed"
    return found
