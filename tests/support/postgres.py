"""A PostgreSQL of the tests' own: a cluster in a folder, which goes when they end."""

from __future__ import annotations

import os
import shutil
import subprocess
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
def serving(folder: Path) -> Iterator[str]:
    """Run a cluster under `folder`; yield the URL of its database."""
    port, data = free_port(), folder / "data"
    data.mkdir(parents=True)
    if os.geteuid() == 0:
        _open_way_to(data)
        shutil.chown(data, OWNER)
    _run(
        "initdb",
        "--pgdata",
        str(data),
        "--username",
        OWNER,
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
    )
    control = ["--pgdata", str(data), "--log", str(data / "log"), "-w"]
    settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    _run("pg_ctl", *control, "--options", f"-p {port} {settings}", "start")
    try:
        yield f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", *control, "--mode", "immediate", "stop")


def _open_way_to(folder: Path) -> None:
    """Let others than us enter the folders that lead there; pytest makes them for us alone."""
    for parent in folder.parents:
        if parent.owner() == folder.owner() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)


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
